/** The page's style sheet. Colours of lines after Okabe and Ito, which colour-blind people can tell apart; lines differ in dashes too. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #f5f6f9; --surface: #fff; --line: #e0e4ec; --text: #171b26; --faint: #586072;
  --grid: #e9ecf2; --model: #0067a8; --rate: #b35c00; --logistic: #00795a; --last: #a3437e; --bar: #8fb4d3; --good: #00795a; --bad: #b3261e; --band: #0067a826; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f131c; --surface: #181e2a; --line: #2a3242; --text: #e8ebf2; --faint: #9aa4b8;
  --grid: #262e3d; --model: #63b8f0; --rate: #f0a63c; --logistic: #35c49a; --last: #e591c2; --bar: #3f6f95; --good: #35c49a; --bad: #ff8a80; --band: #63b8f033; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 0 0 4px; }
h3 { font-size: 15px; margin: 0 0 2px; } h3.next { margin-top: 20px; }
p { margin: 0 0 10px; max-width: 80ch; }
.faint { color: var(--faint); }
.small { font-size: 13px; }
.lead { font-size: 18px; line-height: 1.5; margin: 14px 0 6px; max-width: 72ch; }
.eyebrow { color: var(--faint); font-size: 13px; margin: 0 0 6px; }
section { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 20px 22px; margin-top: 20px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px; margin: 18px 0 4px; }
.tile { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile b { display: block; font-size: 28px; line-height: 1.2; letter-spacing: -0.02em; }
.tile span { color: var(--faint); font-size: 13px; }
.good { color: var(--good); } .bad { color: var(--bad); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 24px; margin-top: 10px; }
figure { margin: 0; min-width: 0; display: flex; flex-direction: column; } figure > p { flex: 1; }
svg.chart { display: block; width: 100%; height: auto; }
.chart text { fill: var(--faint); font-size: 12px; }
.chart .title { fill: var(--text); }
.chart .value { fill: var(--text); font-size: 11px; }
.grid { stroke: var(--grid); stroke-width: 1; }
.axis { stroke: var(--faint); stroke-width: 1; }
.guide { stroke: var(--faint); stroke-width: 1.2; stroke-dasharray: 2 4; fill: none; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.model { stroke: var(--model); } .rate { stroke: var(--rate); stroke-dasharray: 7 4; }
.logistic { stroke: var(--logistic); stroke-dasharray: 2 3; } .last { stroke: var(--last); stroke-dasharray: 8 3 2 3; }
.line.model { stroke-width: 2.6; } .line.whisker { stroke-width: 1.4; }
.dot-model { fill: var(--model); } .dot-last { fill: var(--last); } .dot-rate { fill: var(--rate); } .dot-logistic { fill: var(--logistic); }
.bar { fill: var(--bar); } .band { fill: var(--band); }
.threshold { stroke: var(--bad); stroke-width: 1.2; stroke-dasharray: 5 3; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 6px 0 0; font-size: 13px; }
.legend svg { vertical-align: middle; margin-right: 6px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; margin-top: 8px; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: 600; vertical-align: bottom; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.time { white-space: nowrap; }
td.name { overflow-wrap: anywhere; min-width: 120px; }
tr.chosen td { font-weight: 650; }
td ul { margin: 0; padding: 0 0 0 15px; }
footer { color: var(--faint); font-size: 13px; margin-top: 24px; }
@media (max-width: 600px) { main { padding: 18px 12px 40px; } section { padding: 16px 14px; } }
@media print { :root { --ground: #fff; } body { font-size: 12px; } main { max-width: none; padding: 0; }
  section, .tile { border-color: #ccc; } figure, .tile, tr, h2, h3 { break-inside: avoid; } h2, h3 { break-after: avoid; } thead { display: table-header-group; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;

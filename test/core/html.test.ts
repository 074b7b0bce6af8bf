import fc from 'fast-check';
import { expect, it } from 'vitest';
import { html } from '../../core/html.js';

it('escapes whatever is put in, in text and in attributes', () => {
  const evil = `"><script>alert('1')</script>&\``;
  const page = html`<p title="${evil}">${evil}</p>`.text;
  expect(page).toBe(
    '<p title="&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;&#96;">' +
      '&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;&#96;</p>',
  );
});

it('lets no text open a tag, an entity or end an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const written = html`${text}`.text;
      expect(written).not.toMatch(/[<>"'`]/);
      expect(written.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))).toBe(text);
    }),
  );
});

it('writes nested HTML as it is, lists item by item, and nothing for nothing', () => {
  const items = ['a', '<b>'].map((item) => html`<i>${item}</i>`);
  const written = html`<b>${items}${null}${undefined}${false}${0}</b>`.text;
  expect(written).toBe('<b><i>a</i><i>&#60;b&#62;</i>0</b>');
});

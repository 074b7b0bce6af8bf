// Dashboards, alerts and recording rules for users of jsonnet; the fields are those of a Prometheus monitoring mixin (https://monitoring.mixins.dev).
{
  _config+:: {
    // Address of ORC that links lead to.
    orcUrl: 'http://127.0.0.1:9810',
  },

  local linked(dashboard) = dashboard {
    templating+: {
      list: [
        if variable.name == 'orc_url' then variable { query: $._config.orcUrl } else variable
        for variable in super.list
      ],
    },
  },

  grafanaDashboards+:: {
    'risk-overview.json': linked(import '../json/risk-overview.json'),
    'dag-detail.json': linked(import '../json/dag-detail.json'),
    'model-quality.json': linked(import '../json/model-quality.json'),
    'platform.json': linked(import '../json/platform.json'),
    'orc-health.json': linked(import '../json/orc-health.json'),
  },

  // Rules of one kind; those of alerts/rules hold both in a group.
  local rulesOf(kind) = {
    groups: [
      group { name: group.name + '-' + kind + 's', rules: [rule for rule in group.rules if kind in rule] }
      for group in (import 'rules.json').groups
      if std.length([rule for rule in group.rules if kind in rule]) > 0
    ],
  },

  prometheusRules+:: rulesOf('record'),
  prometheusAlerts+:: rulesOf('alert'),
}

//! How the page looks, in light and in dark, and on paper.

pub(super) const CSS: &str = "
:root{color-scheme:light dark;--ground:#fff;--ink:#1b1d20;--muted:#5e646d;--line:#d5d7db;--soft:#f3f4f6;--accent:#0b63ce}
@media (prefers-color-scheme:dark){:root{--ground:#1a1b1e;--ink:#e7e8ea;--muted:#9da1a8;--line:#303238;--soft:#232529;--accent:#5aa9ff}}
@media print{:root{--ground:#fff;--ink:#000;--muted:#444;--line:#bbb;--soft:#f3f4f6;--accent:#0b63ce}section{break-inside:avoid}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:960px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:28px;line-height:1.2;margin:0 0 8px}h2{font-size:19px;margin:40px 0 4px}h3{font-size:15px;margin:20px 0 4px}
p{margin:6px 0 12px;max-width:72ch}.lead{color:var(--muted);font-size:16px}.note{color:var(--muted);font-size:13px}
.scroll{overflow-x:auto}table{border-collapse:collapse;margin:8px 0;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:4px 12px 4px 0;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:top}
th{color:var(--muted);font-weight:500}th:first-child,td:first-child,.words{text-align:left}
svg{display:block;width:100%;height:auto;margin:8px 0;font:12px system-ui,sans-serif}
svg text{fill:var(--ink)}svg .end{text-anchor:end}svg .middle{text-anchor:middle}
svg .cell{fill:var(--soft);stroke:var(--line)}svg .other{fill:var(--accent)}svg .same{fill:var(--muted)}svg .chip{stroke:var(--line)}
svg .grid{stroke:var(--line)}svg .bound{stroke:var(--muted);stroke-dasharray:4 4}
svg .course{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}svg .last{fill:var(--accent)}
svg .band{stroke:var(--accent);stroke-width:8;stroke-opacity:.3}
dt{font-weight:600;margin-top:12px}dd{margin:0}code{font:13px ui-monospace,monospace}
";

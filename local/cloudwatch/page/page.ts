import type { DashboardModel } from '../monitoring.ts';
import { clock, escapeText } from './figures.ts';
import { UNIT, type View, widgetHtml } from './widgets.ts';

const light = ['#2563eb', '#d97706', '#059669', '#7c3aed', '#db2777', '#0891b2', '#65a30d', '#57534e'];
const dark = ['#60a5fa', '#fbbf24', '#34d399', '#a78bfa', '#f472b6', '#22d3ee', '#a3e635', '#d6d3d1'];

const variables = (colours: readonly string[]) =>
  colours.map((colour, index) => `--c${index}:${colour};`).join('');

const style = `
:root{color-scheme:light;--page:#f3f4f6;--card:#fff;--text:#111827;--muted:#6b7280;--line:#e5e7eb;--ok:#067647;--alarm:#b42318;--alarm-card:#fee4e2;${variables(light)}}
@media(prefers-color-scheme:dark){:root{color-scheme:dark;--page:#0b1020;--card:#151b2e;--text:#e5e7eb;--muted:#9ca3af;--line:#2a3350;--ok:#47cd89;--alarm:#ff8b80;--alarm-card:#4a1d1a;${variables(dark)}}}
*{box-sizing:border-box;margin:0}
body{background:var(--page);color:var(--text);font:13px/1.4 "Inter","Segoe UI",Roboto,"Open Sans",Helvetica,Arial,sans-serif;padding:14px}
main{display:grid;grid-template-columns:repeat(24,${UNIT.width}px);grid-auto-rows:${UNIT.height}px;justify-content:center}
section{padding:4px;min-width:0}
section>div{background:var(--card);border:1px solid var(--line);border-radius:8px;height:100%;padding:8px 12px;overflow:hidden;display:flex;flex-direction:column}
section.text>div{background:none;border:none;padding:6px 4px;justify-content:flex-end;border-radius:0}
h1{font-size:21px}h2{font-size:16px;font-weight:650}h3{font-size:12.5px;font-weight:600;margin-bottom:4px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;flex:none}
p{color:var(--muted)}code{font:12px ui-monospace,Menlo,Consolas,monospace;color:var(--text)}
svg{width:100%;flex:1;min-height:0;overflow:visible}
svg text{font-size:10.5px;fill:var(--muted)}svg text.threshold{font-size:10px;font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:3px}
svg text.none{font-size:13px;text-anchor:middle}
.grid{stroke:var(--line)}.curve{fill:none;stroke-width:1.8;stroke-linejoin:round}.dashed{stroke-dasharray:5 3}.threshold{stroke-width:1.4;stroke-dasharray:6 4}.area{opacity:.25;stroke:none}
${light.map((_, index) => `.curve.c${index}{stroke:var(--c${index})}circle.c${index},.area.c${index}{fill:var(--c${index})}i.c${index}{background:var(--c${index})}`).join('')}
.legend{display:flex;flex-wrap:wrap;gap:1px 12px;font-size:11px;flex:none;margin-top:3px;max-height:34px;overflow:hidden}.legend i{display:inline-block;width:9px;height:9px;border-radius:2px;margin-right:4px}.legend b{color:var(--text);font-weight:600}
.number{font-size:34px;line-height:1.1;color:var(--text);font-weight:650;margin:auto;text-align:center}.number span{display:block;font-size:12px;font-weight:400;color:var(--muted)}
.alarms{display:grid;grid-template-columns:repeat(6,1fr);gap:5px;padding:0;list-style:none}
.alarms li{display:flex;gap:7px;align-items:center;border:1px solid var(--line);border-radius:6px;padding:4px 8px;min-width:0;height:34px}.alarms span{flex:1;font-size:11.5px;line-height:1.15;overflow-wrap:anywhere}.alarms i{font-style:normal;font-size:10.5px;color:var(--muted);white-space:nowrap}.alarms b{width:14px;text-align:center}
.OK b{color:var(--ok)}.ALARM{background:var(--alarm-card);border-color:var(--alarm)!important}.ALARM b,.ALARM i{color:var(--alarm);font-weight:700}.INSUFFICIENT_DATA{opacity:.75}
p.none{margin:auto;font-size:13px}
table{border-collapse:collapse;width:100%}th{font-weight:500;color:var(--muted);font-size:12px}.answer{margin:auto 0}.answer th,.answer td{text-align:center;padding:4px}.answer td{font-size:30px;font-weight:650}
.bars th{text-align:left;width:34%;padding:5px 8px 5px 0}.bars td:last-child{width:12%;text-align:right;font-weight:600}.bar{background:var(--c0);height:16px;border-radius:3px}
footer{color:var(--muted);text-align:center;padding:14px}
`;

/** A dashboard as one page that needs nothing else, in light and dark as the reader prefers. */
export function dashboardPage({ name, body }: DashboardModel, view: View): string {
  const sections = body.widgets.map((widget) => {
    const place = `grid-column:${widget.x + 1}/span ${widget.width};grid-row:${widget.y + 1}/span ${widget.height}`;
    return `<section class="${widget.type}" style="${place}"><div>${widgetHtml(widget, view)}</div></section>`;
  });
  const day = new Date(view.range.from).toISOString().slice(0, 10);
  const times = `${day} ${clock(view.range.from)} to ${clock(view.range.to)} UTC`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeText(name)}</title>
<style>${style}</style>
</head>
<body>
<main>${sections.join('\n')}</main>
<footer>${escapeText(name)}, ${times}. Drawn from what a local stack measured.</footer>
</body>
</html>
`;
}

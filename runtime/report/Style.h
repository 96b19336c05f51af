// How a report looks: light or dark as the reader's system is, from a phone's width on.
#pragma once

namespace tl::report {

constexpr char style[] = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--quiet:#667080;--rule:#dde1e7;--shade:#f3f5f8;--hot:11,107,203;--thaw:#c2410c;
--c0:#0b6bcb;--c1:#c2333f;--c2:#1f7a45;--c3:#946200;--c4:#7443b5;--c5:#00747f;--c6:#a3450f;--c7:#5b6472}
@media(prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e4e8ee;--quiet:#98a2b0;--rule:#323841;--shade:#1d2127;--hot:72,150,240;--thaw:#ff9a5c;
--c0:#6db3ff;--c1:#ff8a94;--c2:#6fd08c;--c3:#e0b84a;--c4:#b99cf0;--c5:#4fc9d8;--c6:#f0a06a;--c7:#a9b1bd}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1240px;padding:20px clamp(12px,3vw,32px) 48px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.55em;margin:.2em 0;overflow-wrap:anywhere}h2{font-size:1.2em;margin:1.8em 0 .5em;border-bottom:1px solid var(--rule);padding-bottom:.2em}
h3{font-size:1.05em;margin:1.4em 0 .4em}h4{font-size:1em;margin:1.2em 0 .3em}p{margin:.4em 0}.note{color:var(--quiet)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:.6em 0}dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,370px),1fr));gap:14px}
figure{margin:0;padding:10px;border:1px solid var(--rule);border-radius:6px;min-width:0}figcaption{font-weight:600}
svg{display:block;width:100%;height:auto}.wide svg{min-width:640px}svg text{font-size:11px;fill:var(--quiet)}
svg .grid{stroke:var(--rule);stroke-width:1}svg .band{fill:var(--shade)}svg .thaw{stroke:var(--thaw);stroke-width:1.5;stroke-dasharray:4 3}
svg g path{fill:none;stroke-width:1.8;stroke-linejoin:round}svg g.faint{opacity:.4}svg g.faint path{stroke-width:1}
.c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{--c:var(--c5)}.c6{--c:var(--c6)}.c7{--c:var(--c7)}
svg g[class] path{stroke:var(--c)}svg circle{fill:var(--c)}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:13px}.key{white-space:nowrap}.key i{display:inline-block;width:14px;height:3px;margin-right:5px;vertical-align:middle;background:var(--c)}.key.faint i{opacity:.4}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:.4em 0;font-size:14px}th,td{padding:3px 10px;text-align:right;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:500;color:var(--quiet)}th:first-child{text-align:left}tr:first-child th{border-bottom:1px solid var(--quiet)}
td{font-variant-numeric:tabular-nums}.frozen{color:var(--quiet)}.trained{color:var(--thaw);font-weight:600}
.confusion td{background:rgba(var(--hot),var(--share,0));border:1px solid var(--paper);text-align:center;min-width:2.6em;padding:4px}.confusion .dark{color:#fff}
.bars tr:first-child th{border-bottom-color:var(--rule)}.bar{width:min(40vw,360px)}.bar i{display:block;height:10px;margin-top:6px;background:var(--c0);border-radius:2px}
.figures{display:flex;flex-wrap:wrap;gap:10px}.figure{border:1px solid var(--rule);border-radius:6px;padding:6px 14px;color:var(--quiet);font-size:13px}.figure b{display:block;color:var(--ink);font-size:19px;overflow-wrap:anywhere}
img{display:block;min-width:56px;image-rendering:pixelated}.text{max-width:64ch;min-width:24ch;text-align:left;white-space:pre-wrap;overflow-wrap:anywhere}
.written{white-space:pre-wrap;overflow-wrap:anywhere;max-width:90ch;border-left:3px solid var(--rule);padding-left:10px}
details{margin:.6em 0}summary{cursor:pointer}pre{overflow-x:auto;background:var(--shade);padding:10px;border-radius:6px;font:12.5px/1.45 ui-monospace,monospace}
)";

} // namespace tl::report

import { onPaper, onPhones } from "./style-media.ts";

/*
 * How the page looks: the fonts of whoever reads it, one column of text, quiet lines. Colours come
 * in pairs of which each has at least 4.5 to 1 against what it stands on; a test computes them.
 */

/** By name, for light and for dark. */
export const colours = {
  paper: ["#fcfbf9", "#171613"],
  raised: ["#f4f1ec", "#211f1b"],
  ink: ["#1f1d1a", "#ece8e0"],
  quiet: ["#5d574e", "#b0a99d"],
  line: ["#dcd6cc", "#3a362f"],
  accent: ["#8f3a14", "#f0a780"],
  good: ["#1c6236", "#86d3a0"],
  bad: ["#a31f1f", "#ff9f96"],
  warn: ["#7a4d05", "#e6bf68"],
} as const;

const variables = (scheme: 0 | 1): string =>
  Object.entries(colours)
    .map(([name, pair]) => `--${name}:${pair[scheme]};`)
    .join("");

/** The whole of it. */
export const style = `
:root{color-scheme:light dark;${variables(0)}
--text:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",sans-serif;
--title:ui-serif,"Iowan Old Style",Charter,"Bitstream Charter",Cambria,Georgia,serif;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{${variables(1)}}}
*{box-sizing:border-box}
html{background:var(--paper);color:var(--ink);font:1rem/1.55 var(--text);-webkit-text-size-adjust:100%;scroll-behavior:smooth;scroll-padding-top:4rem}
body{margin:0 auto;max-width:62rem;padding:0 1.5rem 4rem;overflow-wrap:anywhere}
h1,h2,h3{font-family:var(--title);font-weight:600;line-height:1.2;text-wrap:balance}
h1{font-size:2.6rem;letter-spacing:-.01em;margin:0}
h2{font-size:1.6rem;margin:0 0 1rem}
h3{font-size:1.15rem;margin:2rem 0 .5rem}
p{margin:0 0 1rem;max-width:44rem}
a{color:var(--accent);text-underline-offset:.15em}
pre code{font-size:1em}
code,pre{font-family:var(--mono);font-size:.86em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:2px}
main:focus{outline:none}
[hidden]{display:none!important}
.skip{position:absolute;left:1rem;top:-10rem;background:var(--paper);padding:.6rem 1rem;z-index:1}
.skip:focus{top:1rem}
.top{padding:3.5rem 0 1rem}
.kicker,.kind,.id,.about,.note,.reason,.unknown,caption,footer,.count{color:var(--quiet)}
.kicker{margin:0 0 .4rem;font-size:.95rem}
.id{margin:.3rem 0 1rem}
.description{font-size:1.15rem}
.outcome{border-left:4px solid;padding:.7rem 1.1rem;background:var(--raised);max-width:none;margin:1.2rem 0 0}
.outcome p{max-width:none;margin:0 0 .4rem}.outcome p:last-child{margin:0}.outcome ul{margin:0;padding-left:1.2rem}
.outcome.good{border-color:var(--good)}.outcome.bad{border-color:var(--bad)}
.outcome.good strong{color:var(--good)}.outcome.bad strong{color:var(--bad)}
nav{position:sticky;top:0;background:var(--paper);border-bottom:1px solid var(--line);margin:1rem 0 0}
nav ul{display:flex;flex-wrap:wrap;gap:0 1.4rem;list-style:none;margin:0;padding:.55rem 0}
nav a{display:inline-block;padding:.2rem 0;text-decoration:none;font-size:.95rem}
nav a:hover{text-decoration:underline}
section{padding:2.8rem 0 0}
.figures{list-style:none;margin:0 0 2rem;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));border-top:1px solid var(--line)}
.figures li{border-bottom:1px solid var(--line)}
.figures a{display:block;height:100%;padding:.8rem 1rem .9rem 0;color:inherit;text-decoration:none}
.figures a:hover .value{text-decoration:underline}
.figures .name{display:block;font-size:.9rem;color:var(--quiet)}
.figures .value{font-family:var(--title);font-size:1.15rem;line-height:1.3}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 2.5rem;margin:0}
.facts div{display:grid;grid-template-columns:9.5rem minmax(0,1fr);gap:1rem;padding:.4rem 0;border-bottom:1px solid var(--line)}
.digests .facts{grid-template-columns:1fr}
dt{color:var(--quiet)}dd{margin:0}
ul.inline{list-style:none;display:flex;flex-wrap:wrap;gap:0 1rem;margin:0;padding:0}
.notice{border-left:4px solid var(--warn);background:var(--raised);padding:.7rem 1.1rem;max-width:none}
.notice strong{color:var(--warn)}
.badge{display:inline-block;border:1px solid;border-radius:1rem;padding:0 .6rem;font:.82rem/1.5 var(--text);white-space:nowrap;color:var(--quiet)}
.fails,.critical,.high,.failed{--tone:var(--bad)}.reported,.medium{--tone:var(--warn)}.waived,.low{--tone:var(--quiet)}
.badge.fails,.badge.reported,.badge.critical,.badge.high,.badge.medium,.badge.failed{color:var(--tone)}
.badge.critical{background:var(--bad);border-color:var(--bad);color:var(--paper)}
.rule{border-left:4px solid var(--tone,var(--line));padding:.1rem 0 .1rem 1.1rem;margin:0 0 1.8rem}
.rule h3{margin:0 0 .2rem;font-family:var(--text);font-size:1rem;display:flex;flex-wrap:wrap;gap:.3rem .8rem;align-items:baseline}
.rule h3 code{font-size:1rem;font-weight:600}
.rule p{margin:0 0 .5rem}
.evidence{margin:0 0 .6rem;padding-left:1.2rem}.evidence li{margin:.15rem 0}
table{border-collapse:collapse;width:100%;font-size:.94rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:0 0 .5rem;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.42rem 1.2rem .42rem 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--quiet);font-weight:500;white-space:nowrap}
tbody th{font-weight:600}
td ul{margin:.2rem 0 0;padding-left:1.1rem}
.wide{margin:0 0 1.5rem}
.rules td:nth-child(2){color:var(--quiet)}.rules tbody th{width:17%}.rules td:nth-child(2){width:43%}
.packages{table-layout:fixed}.packages thead th{white-space:normal;vertical-align:bottom}
.packages th:nth-child(1){width:20%}.packages th:nth-child(2){width:20%}.packages th:nth-child(3){width:13%}.packages th:nth-child(4){width:20%}.packages th:nth-child(6){width:12%}
.findings td:nth-child(2){white-space:nowrap}.findings th:nth-child(4),.findings td:nth-child(4){width:15%}
.findings .summary{display:block;font-weight:400;color:var(--quiet)}
.filter{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;margin:0 0 1rem}
.filter p{margin:0}
input{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--quiet);border-radius:4px;padding:.4rem .7rem;min-width:0;flex:0 1 20rem}
.lineage{display:grid;grid-template-columns:302px minmax(0,1fr);gap:0 3rem;align-items:start}
.picture{max-width:100%;height:auto}
.picture .box{fill:var(--raised);stroke:var(--quiet)}
.picture .own{stroke:var(--accent);stroke-width:2}
.picture .foreign{fill:var(--paper);stroke-dasharray:5 4}
.picture text{fill:var(--ink);font-family:var(--text)}
.picture .kind{fill:var(--quiet);font-size:12px}
.picture .name{font-size:15px;font-weight:600}
.picture .id{font-family:var(--mono);font-size:12px}
.picture .arrow{stroke:var(--quiet);fill:none}.picture .head{fill:var(--quiet)}
.generations{margin:0;padding-left:1.4rem}
.generations>li{margin:0 0 1.6rem}.generations p{margin:0 0 .3rem}
.generations .kind{display:block;font-size:.9rem}
.generations .facts{grid-template-columns:1fr}
.timeline td:nth-child(2),.timeline th:nth-child(2){white-space:nowrap;text-align:right}
.timeline .when{width:42%}
.timeline .about{display:block;font-weight:400;font-size:.9rem}
.timeline .reason{font-weight:400}
.timeline .step th{font-weight:400;padding-left:1.4rem}
.bar{display:block;width:100%;height:.7rem;margin-top:.4rem}
.bar .track{fill:var(--raised)}.bar .span{fill:var(--accent)}
.step .bar .span{fill:var(--quiet)}.bar.failed .span{fill:var(--bad)}
pre{background:var(--raised);border:1px solid var(--line);border-radius:4px;padding:.8rem 1rem;margin:0 0 1rem;white-space:pre-wrap}
.ways{padding-left:1.4rem}.ways>li{margin:0 0 1.4rem}
.note{font-size:.92rem;margin-top:1rem}
footer{margin-top:3.5rem;border-top:1px solid var(--line);padding-top:1rem;font-size:.92rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
${onPhones}${onPaper(variables(0))}`;

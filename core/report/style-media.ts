/** On a narrow screen rows of a table are cards, with what their columns are called. */
export const onPhones = `
@media screen and (max-width:44rem){
body{padding:0 1rem 3rem}
h1{font-size:2rem}h2{font-size:1.4rem}
.top{padding-top:2rem}
nav{position:static}nav a{padding:.45rem 0}
section{padding-top:2.2rem}
.figures{grid-template-columns:1fr}
.figures a{display:flex;justify-content:space-between;gap:1rem;align-items:baseline;padding-right:0}
.figures .name{flex:0 0 38%}
.figures .value{text-align:right}
.facts div{grid-template-columns:8.5rem minmax(0,1fr)}
.digests .facts div,.generations .facts div{grid-template-columns:1fr;gap:0}
.lineage{grid-template-columns:minmax(0,1fr);gap:1.5rem}
input{flex:1 1 100%}
.timeline .when{display:none}
.timeline .step th{padding-left:1rem}
.cards,.cards tbody,.cards caption{display:block}
.cards thead,.numbers thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cards tr{display:block;padding:.6rem 0;border-bottom:1px solid var(--line)}
.cards th,.cards td{display:block;width:auto!important;padding:.05rem 0;border:0}
.cards td:empty{display:none}
.packages tr,.languages tr,.changed tr,.findings tr{display:flex;flex-wrap:wrap;gap:0 1rem;align-items:baseline}
.packages th,.languages th,.changed th,.findings th,.findings td:nth-child(5){flex:1 1 100%}
.packages td:nth-child(4)::before{content:"licence "}
.packages td:nth-child(5)::before{content:"built from "}
.packages td:nth-child(6)::before{content:"vouched for by "}
.languages td:nth-child(4)::before{content:"licence "}
.findings td:nth-child(4)::before{content:"fixed in "}
.changed td:nth-child(3)::before{content:"before "}
.changed td:nth-child(4)::before{content:"now "}
.cards td::before{color:var(--quiet)}
.numbers,.numbers tbody,.numbers tr,.numbers th,.numbers td{display:block;padding-left:0;padding-right:0}
.numbers tr{border-bottom:1px solid var(--line);padding:.4rem 0}.numbers th,.numbers td{border:0;padding:.05rem 0}
.numbers td:nth-child(2)::before{content:"before "}.numbers td:nth-child(3)::before{content:"now "}
.numbers td::before{color:var(--quiet)}
}`;

/** On paper: ink on white, nothing that is clicked, and rows that stay whole. */
export const onPaper = (light: string): string => `
@page{margin:16mm 15mm}
@media print{
:root{color-scheme:light;${light}--paper:#fff;--raised:#fff}
html{font-size:9.5pt}
body{max-width:none;padding:0}
.top{padding-top:0}
nav,.filter,.skip{display:none!important}
h2,h3,caption,thead{break-after:avoid}
tr,li,.rule,.facts div,.outcome,.picture,pre{break-inside:avoid}
thead{display:table-header-group}
section{padding-top:1.6rem}
.critical.badge{background:none;color:var(--bad)}
.bar .track{fill:#eee}
a{color:inherit;text-decoration:none}
.lineage{grid-template-columns:302px minmax(0,1fr)}
}`;

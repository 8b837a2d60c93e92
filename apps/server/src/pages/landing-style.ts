/** Colours keep a contrast of 4.5:1 or more on their backgrounds, in both schemes. */
export const STYLE = `
:root{--ground:#f7f6f3;--card:#fff;--ink:#1c2333;--soft:#566076;--line:#dedbd3;--accent:#8a5300;--good:#17683f;--warn:#9c3d00}
@media (prefers-color-scheme:dark){:root{--ground:#12161f;--card:#1a2030;--ink:#e9ebf1;--soft:#a3abbd;--line:#2d3547;--accent:#f2b14c;--good:#6fd3a0;--warn:#ffb08a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:46rem;margin:0 auto;padding:3.5rem 1.25rem 3rem}
header{display:flex;gap:1rem;align-items:center}
header img{border-radius:10px}
h1{margin:0;font-size:1.75rem;line-height:1.2;letter-spacing:-.02em}
header p{margin:.15rem 0 0;color:var(--soft)}
h2{margin:2.5rem 0 .75rem;font-size:1.15rem}
h3{margin:1.5rem 0 .4rem;font-size:.95rem;font-weight:600}
.lead{margin:1.75rem 0 0;font-size:1.075rem}
.figures{display:grid;grid-template-columns:repeat(3,1fr);gap:1px;margin:0;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden}
@media (max-width:34rem){.figures{grid-template-columns:repeat(2,1fr)}}
.figures div{display:flex;flex-direction:column-reverse;justify-content:flex-end;background:var(--card);padding:.85rem 1rem}
.figures dt{color:var(--soft);font-size:.825rem;line-height:1.35}
.figures dd{margin:0;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums}
.good dd{color:var(--good)}
.warn dd{color:var(--warn)}
pre{margin:0;padding:.9rem 1rem;overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px;font-size:.85rem;line-height:1.55}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
p code{font-size:.9em}
nav{display:flex;flex-wrap:wrap;gap:.6rem;margin-top:2.5rem}
a{color:var(--accent)}
nav a{padding:.5rem .95rem;border:1px solid var(--line);border-radius:999px;background:var(--card);text-decoration:none;font-weight:600}
nav a:hover{border-color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
footer{margin-top:2.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
`;

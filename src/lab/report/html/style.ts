/** The style of the page: dark where the reader's system is, and for narrow screens as well as wide ones. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #ffffff; --text: #1b1f24; --soft: #59636e; --line: #d1d9e0; --stripe: #f6f8fa;
  --good: #1a7f37; --bad: #c4232c; --left-out: #8a5a00; --bar: #3465a4; --range: #c17d11;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171b; --text: #e2e6ea; --soft: #9aa4af; --line: #373e47; --stripe: #1c2127;
    --good: #4cc26a; --bad: #ff7b72; --left-out: #d8a03a; --bar: #7aa7e0; --range: #e9b35a;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 75rem; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 0.25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 1rem 0 0.25rem; overflow-wrap: anywhere; }
p { margin: 0.25rem 0; overflow-wrap: anywhere; }
a { color: inherit; }
.soft { color: var(--soft); font-weight: normal; }
.passed { color: var(--good); }
.failed { color: var(--bad); }
.skipped { color: var(--left-out); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: 0.25rem 0.6rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { vertical-align: bottom; min-width: 5rem; max-width: 10rem; overflow-wrap: break-word; }
th[scope="colgroup"] { max-width: none; }
tbody tr:nth-child(even) > * { background: var(--stripe); }
th[scope="row"] { font-weight: normal; min-width: 9rem; max-width: 24rem; overflow-wrap: anywhere; }
td { text-align: center; white-space: nowrap; }
td.absent { text-align: left; white-space: normal; overflow-wrap: anywhere; }
@media (min-width: 45rem) { th[scope="row"] { position: sticky; left: 0; background: var(--back); min-width: 16rem; } }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 0.75rem; margin: 0.25rem 0; font-size: 0.9rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0.25rem 0; padding: 0.6rem; max-height: 30rem; overflow: auto; background: var(--stripe); border-left: 3px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85rem; }
.failed + pre { border-color: var(--bad); }
:target { outline: 2px solid var(--range); outline-offset: 4px; }
figure { margin: 0 0 1.5rem; max-width: 45rem; }
figcaption { font-weight: 600; margin-bottom: 0.25rem; overflow-wrap: anywhere; }
.bar { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-size: 0.85rem; overflow-wrap: anywhere; }
svg { display: block; overflow: visible; }
svg text { fill: var(--soft); font-size: 0.7rem; }
svg .grid { stroke: var(--line); }
svg .median { fill: var(--bar); }
svg .range { stroke: var(--range); stroke-width: 2; }
`;

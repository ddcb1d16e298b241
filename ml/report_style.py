"""The style sheet of the evaluation's page: light and dark, narrow and wide, on screen and on paper."""

STYLE = """
:root { color-scheme: light dark; --page: #fafaf8; --surface: #fff; --ink: #14181f; --muted: #555d6b; --line: #d9dbd8;
  --c0: #1d4ed0; --c1: #14653d; --c2: #ab2618; --c3: #6b2db4; --c4: #735000; --c5: #0b6b78; --c6: #8a1c66 }
@media screen and (prefers-color-scheme: dark) { :root { --page: #0f1216; --surface: #171b21; --ink: #e9ebef;
  --muted: #a2abb8; --line: #343b45; --c0: #93b4ff; --c1: #76d3a2; --c2: #ff9f92; --c3: #cba6f7; --c4: #e9c36c;
  --c5: #7fd3df; --c6: #f3a0d2 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI",
  Roboto, sans-serif }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0 } h2 { font-size: 1.2rem; margin: 2.5rem 0 0.25rem }
h3 { font-size: 1rem; margin: 1.25rem 0 0 }
p { max-width: 46rem; margin: 0.4rem 0 } .quiet, figcaption { color: var(--muted) }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0; list-style: none }
nav a { display: inline-block; padding: 0.35rem 0 } a { color: var(--c0) }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--c0); outline-offset: 2px }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.75rem; margin: 1rem 0 }
dl div { background: var(--surface); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.6rem 0.8rem }
dt { color: var(--muted); font-size: 0.875rem } dd { margin: 0; font-size: 1.25rem; font-weight: 600 }
dd small { display: block; color: var(--muted); font-size: 0.8125rem; font-weight: 400 }
.scroll { overflow-x: auto; margin: 0.6rem 0 1rem; border: 1px solid var(--line); border-radius: 0.5rem;
  background: var(--surface) }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums }
th, td { padding: 0.35rem 0.7rem; text-align: right; white-space: nowrap; border-top: 1px solid var(--line) }
thead th { border-top: 0; color: var(--muted); font-weight: 500 }
th:first-child { position: sticky; left: 0; text-align: left; background: var(--surface); min-width: 8.5rem;
  max-width: 12rem; white-space: normal; overflow-wrap: break-word }
tbody th { font-weight: 500 }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem;
  margin: 0.75rem 0 }
figure { margin: 0; max-width: 36rem; padding: 0.75rem; background: var(--surface); border: 1px solid var(--line);
  border-radius: 0.5rem } figcaption { font-size: 0.875rem }
svg { display: block; width: 100%; max-width: 30rem; height: auto }
svg text { font-size: 11px; fill: var(--muted) } .axis { stroke: var(--line) }
.ideal { stroke: var(--muted); stroke-dasharray: 3 4 }
polyline { fill: none; stroke: currentColor; stroke-width: 2 } circle { fill: currentColor }
polygon { fill: currentColor; opacity: 0.14 } .span { stroke: currentColor; stroke-width: 3; opacity: 0.55 }
.points circle { fill-opacity: 0.45; stroke: currentColor } .points polyline { stroke-width: 1.2 }
.s0 { color: var(--c0) } .s1 { color: var(--c1) } .s2 { color: var(--c2) }
.s3 { color: var(--c3) } .s4 { color: var(--c4) } .s5 { color: var(--c5) }
.s6 { color: var(--c6) }
.s1 polyline { stroke-dasharray: 7 3 } .s2 polyline { stroke-dasharray: 2 3 }
.s3 polyline { stroke-dasharray: 9 3 2 3 } .s4 polyline { stroke-dasharray: 5 5 } .s5 polyline { stroke-dasharray: 1 4 }
.s6 polyline { stroke-dasharray: 12 3 }
ul.key { display: flex; flex-wrap: wrap; gap: 0.2rem 1.25rem; margin: 0.5rem 0; padding: 0; list-style: none;
  font-size: 0.875rem }
ul.key svg { display: inline-block; width: 2.2rem; height: 0.7rem; vertical-align: middle; margin-right: 0.35rem }
summary { cursor: pointer; padding: 0.5rem 0 }
@media print { details > * { display: block } .scroll { overflow: visible } }
"""

// What is wrong with a page, as a list of sentences: its structure, its names for those who do not see it, and
// whether everything can be read. It opens all details, so that nothing escapes it.
(() => {
  const wrong = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const where = (e) => '<' + e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.className && e.className.baseVal === undefined ? '.' + e.className : '') + '> ' + e.textContent.trim().slice(0, 60);
  const want = (ok, message, e) => { if (!ok) wrong.push(message + (e ? ': ' + where(e) : '')); };
  all('details').forEach((d) => { d.open = true; });

  // Structure.
  want(document.documentElement.lang, 'the page has no language');
  want(document.title.trim(), 'the page has no title');
  for (const name of ['h1', 'main', 'body > header', 'body > footer', 'nav']) want(all(name).length === 1, 'want one ' + name + ', got ' + all(name).length);
  want(document.querySelector('nav')?.getAttribute('aria-label'), 'the nav has no name');
  let level = 0;
  for (const h of all('h1,h2,h3,h4,h5,h6')) {
    const n = Number(h.tagName[1]);
    want(n <= level + 1, 'a heading of level ' + n + ' behind one of level ' + level, h);
    want(h.textContent.trim(), 'an empty heading', h);
    level = n;
  }
  const ids = new Set();
  for (const e of all('[id]')) { want(!ids.has(e.id), 'an id is there twice', e); ids.add(e.id); }
  for (const a of all('a')) {
    want(a.textContent.trim(), 'a link without a text', a);
    want(a.getAttribute('href')?.startsWith('#') && ids.has(a.getAttribute('href').slice(1)), 'a link to nowhere', a);
  }
  for (const attr of ['aria-labelledby', 'aria-describedby']) for (const e of all('[' + attr + ']')) {
    for (const id of e.getAttribute(attr).split(' ')) want(document.getElementById(id)?.textContent.trim(), attr + ' names nothing', e);
  }
  for (const t of all('table')) {
    want(t.caption?.textContent.trim(), 'a table without a caption', t);
    want(t.tHead, 'a table without a head', t);
  }
  for (const th of all('th')) want(th.scope, 'a heading cell without a scope', th);
  for (const d of all('details')) want(d.firstElementChild?.tagName === 'SUMMARY' && d.firstElementChild.textContent.trim(), 'details without a summary', d);
  for (const li of all('li')) want(['UL', 'OL'].includes(li.parentElement.tagName), 'a list item outside a list', li);
  for (const s of all('svg')) want(s.getAttribute('aria-hidden') === 'true' ||
    s.getAttribute('role') === 'img' && s.querySelector(':scope > title')?.textContent.trim() && s.querySelector(':scope > desc')?.textContent.trim(), 'a picture without title and desc', s);
  const names = new Set();
  for (const r of all('[role=region],section,article')) {
    const id = r.getAttribute('aria-labelledby');
    const name = r.getAttribute('aria-label') ?? (id && document.getElementById(id)?.textContent);
    want(name, 'a region without a name', r);
    if (r.tagName !== 'ARTICLE') { want(!names.has(name), 'two regions are called ' + name, r); names.add(name); }
  }
  for (const e of all('[tabindex]')) want(e.tabIndex === 0 && e.getAttribute('role') && e.getAttribute('aria-label'), 'what takes the focus has no role and name', e);
  for (const e of all('body *')) {
    const style = getComputedStyle(e);
    if (/auto|scroll/.test(style.overflowX) && e.scrollWidth > e.clientWidth) want(e.tabIndex === 0, 'what scrolls cannot be reached by the keyboard', e);
  }
  want(!document.scripts.length, 'the page has a script');
  want(!all('[style],[onclick],[onload],link,img,iframe,object,embed,form,base').length, 'the page has what it must not');

  // No meaning by colour alone: each mark has a sign and a word.
  for (const m of all('.mark')) want(m.querySelector('[aria-hidden=true]')?.textContent.trim() && /[a-z]/.test(m.textContent), 'a mark without sign or word', m);

  // Contrast: 4.5 to 1 for text, 3 to 1 for large text and for lines (WCAG 2.2, 1.4.3 and 1.4.11).
  const parse = (s) => { const m = s.match(/[\d.]+/g)?.map(Number); return m && { rgb: m.slice(0, 3), a: m[3] ?? 1 }; };
  const light = (rgb) => rgb.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)]; return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
  const behind = (e) => {
    const band = e.closest('.rung')?.querySelector('.named');
    if (band) return parse(getComputedStyle(band).fill).rgb;
    for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c && c.a === 1) return c.rgb; }
    return [255, 255, 255];
  };
  let texts = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || ['TITLE', 'DESC', 'title', 'desc'].includes(e.tagName) || e.closest('.unseen,.skip')) continue;
    const style = getComputedStyle(e);
    const color = parse(e.closest('svg') ? style.fill : style.color).rgb;
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
    const got = ratio(color, behind(e));
    texts++;
    want(got >= least, 'contrast ' + got.toFixed(2) + ', want ' + least, e);
  }
  want(texts > 50, 'only ' + texts + ' texts were looked at');
  for (const e of all('svg line:not(.turn), svg polygon')) {
    const style = getComputedStyle(e);
    const got = ratio(parse(e.tagName === 'line' ? style.stroke : style.fill).rgb, behind(e));
    want(got >= 3, 'contrast of a line ' + got.toFixed(2), e);
  }

  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) {
    wrong.push('the page is ' + width + ' wide in a window of ' + innerWidth);
    for (const e of all('body *')) if (e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll')) { wrong.push('too wide: ' + where(e)); break; }
  }
  return [...new Set(wrong)].slice(0, 20);
})()

/**
 * Makes the content of one element that of another, and keeps what is the same. Text that only grew gets its new
 * end appended, so a selection in it stays and nothing that was painted is painted anew.
 */
export function morph(into: Node, from: Node): void {
  const next = [...from.childNodes];
  for (const [index, node] of next.entries()) {
    const now = into.childNodes[index];
    if (!now) into.appendChild(node);
    else if (!takesOver(now, node)) into.replaceChild(node, now);
  }
  while (into.childNodes.length > next.length) into.lastChild?.remove();
}

function takesOver(now: Node, next: Node): boolean {
  if (now instanceof Text && next instanceof Text) {
    if (next.data.startsWith(now.data)) now.appendData(next.data.slice(now.data.length));
    else now.data = next.data;
    return true;
  }
  if (!(now instanceof Element && next instanceof Element) || !isAlike(now, next)) return false;
  morph(now, next);
  return true;
}

function isAlike(a: Element, b: Element): boolean {
  return (
    a.tagName === b.tagName &&
    a.attributes.length === b.attributes.length &&
    [...a.attributes].every(({ name, value }) => b.getAttribute(name) === value)
  );
}

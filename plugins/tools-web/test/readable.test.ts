import { expect } from 'chai';
import fc from 'fast-check';
import { readable } from '../src/readable.js';

const page = 'https://a.example/docs/page.html';
const markdown = (html: string) => readable(html, page, 'markdown').text;
const plain = (html: string) => readable(html, page, 'text').text;

describe('a page as people read it', () => {
  it('has code as it stands, in a fence that ends where it ends', () => {
    expect(markdown('<pre>  a = 1\n\n  b_c *d*\n</pre>')).to.equal('```\n  a = 1\n\n  b_c *d*\n```');
    expect(markdown('<pre class="x"><code class="hljs language-js">let a</code></pre>')).to.equal('```js\nlet a\n```');
    expect(markdown('<pre>```\nx\n```</pre>')).to.equal('````\n```\nx\n```\n````');
  });

  it('has lists with their numbers and levels', () => {
    expect(markdown('<ol start="3"><li><p>Three</p><li>Four<ul><li>a<li>b</ul><li>Five</ol>')).to.equal(
      '3. Three\n4. Four\n   - a\n   - b\n5. Five',
    );
  });

  it('has tables, also without a head', () => {
    const rows = '<tr><td>1<td>a | b<tr><td>2<td><p>c</p><p>d</p>';
    expect(markdown(`<table>${rows}</table>`)).to.equal('| 1 | a \\| b |\n| --- | --- |\n| 2 | c d |');
    expect(markdown(`<table><thead><tr><th>N<th>T</th></tr></thead><tbody>${rows}</table>`)).to.match(
      /^\| N \| T \|\n\| --- \| --- \|\n/,
    );
  });

  it('has links to elsewhere, whole, and of others the words', () => {
    const links = ['../x?y#z', '#here', 'page.html#there', 'javascript:alert(1)', 'http://[', '//b.example/'];
    expect(links.map((href) => markdown(`<a href="${href}">w</a>`))).to.deep.equal([
      '[w](https://a.example/x?y#z)',
      ...['w', 'w', 'w', 'w'],
      '[w](https://b.example/)',
    ]);
    expect(markdown('<base href="/other/"><a href="x">w</a><img src="i.png" alt="a  pic"><img src="n.png">')).to.equal(
      '[w](https://a.example/other/x)![a pic](https://a.example/other/i.png)',
    );
  });

  it('has nothing that is not seen', () => {
    const unseen = '<script>s</script><style>t</style><template>u</template><p hidden>v</p><noscript>w</noscript>';
    expect(markdown(`<title>T</title><!-- c -->${unseen}<p>Seen`)).to.equal('Seen');
  });

  it('has no marks as plain text', () => {
    expect(plain('<h2>Head</h2><p><b>bold</b> <a href="/x">link</a> <code>c</code> <img src="i" alt="pic">')).to.equal(
      'Head\n\nbold link c pic',
    );
  });

  it('is text for any page', () => {
    const tag = fc.constantFrom(
      '<p>',
      '</p>',
      '<a href="x">',
      '<table>',
      '<tr>',
      '</td>',
      '<li>',
      '<pre>',
      '<html>',
      '<body',
    );
    const piece = fc.oneof(tag, fc.string(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        for (const text of [markdown(pieces.join('')), plain(pieces.join(''))]) expect(text).to.be.a('string');
      }),
    );
  });
});

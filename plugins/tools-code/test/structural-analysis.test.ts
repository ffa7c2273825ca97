import { expect } from 'chai';
import { lastName, typeNames } from '../src/code-facts.js';
import { Folder, syntaxTools } from './support.js';

const folder = new Folder();
const { analysis } = syntaxTools();
const { said, failure } = folder;

/** One small program, told in each language: `top` calls `middle`, that calls `helper`, a `B` is made from `A`. */
const programs: Record<string, { file: string; code: string; hasTypes?: false }> = {
  typescript: {
    file: 'a.ts',
    code: "import x from './x.js';\nclass A {}\nclass B<T> extends A {\n  top(): void {\n    this.middle();\n  }\n  middle = 1;\n}\nfunction middle() { helper(1); }\nexport const helper = (n: number) => n;\n",
  },
  tsx: {
    file: 'a.tsx',
    code: "import x from './x.js';\nclass A {}\nclass B extends A {}\nfunction top() { return <p>{middle()}</p>; }\nfunction middle() { helper(1); }\nfunction helper(n: number) { return n; }\n",
  },
  javascript: {
    file: 'a.js',
    code: "const x = require('./x');\nclass A {}\nclass B extends A {}\nfunction top() { middle(); }\nconst middle = () => helper(1);\nfunction helper(n) { return n; }\n",
  },
  python: {
    file: 'a.py',
    code: 'from .x import y\nclass A:\n    pass\nclass B(A, metaclass=M):\n    def top(self):\n        self.middle()\ndef middle():\n    helper(1)\ndef helper(n):\n    return n\n',
  },
  go: {
    file: 'a.go',
    code: 'package a\nimport "x"\ntype A struct{}\ntype B struct {\n\tA\n\tn int\n}\nfunc (b *B) top() { middle() }\nfunc middle() { helper(1) }\nfunc helper(n int) int { return n }\n',
  },
  rust: {
    file: 'a.rs',
    code: 'use x::y;\ntrait A {}\nstruct B;\nimpl A for B {}\nfn top() { self::middle(); }\nfn middle() { helper::<i32>(1); }\nfn helper<T>(n: T) -> T { n }\n',
  },
  java: {
    file: 'A.java',
    code: 'import x.Y;\nclass A {}\nclass B extends A {\n  void top() { this.middle(); }\n  void middle() { helper(1); }\n  int helper(int n) { return n; }\n}\n',
  },
  c: {
    file: 'a.c',
    code: '#include "x.h"\nstatic int *helper(int n) { return 0; }\nvoid middle(void) { helper(1); }\nvoid top(void) { middle(); }\n',
    hasTypes: false,
  },
  cpp: {
    file: 'a.cpp',
    code: '#include "x.h"\nclass A {};\nclass B : public A {\n public:\n  void top() { this->middle(); }\n};\nint helper(int n) { return n; }\nvoid middle() { helper(1); }\n',
  },
  csharp: {
    file: 'A.cs',
    code: 'using X;\nclass A {}\nclass B : A {\n  void top() { this.middle(); }\n  void middle() { helper(1); }\n  static int helper(int n) => n;\n}\n',
  },
  ruby: {
    file: 'a.rb',
    code: "require_relative 'x'\nclass A; end\nclass B < A\n  def top\n    self.middle()\n  end\nend\ndef middle\n  helper(1)\nend\ndef helper(n) = n\n",
  },
  php: {
    file: 'a.php',
    code: '<?php\nuse X\\Y;\nclass A {}\nclass B extends A { function top() { $this->middle(); } }\nfunction middle() { helper(1); }\nfunction helper($n) { return $n; }\n',
  },
  elixir: {
    file: 'a.ex',
    code: 'defmodule A do\n  alias X.Y\n  def top, do: middle()\n  def middle() do\n    helper(1)\n  end\n  defp helper(n) when n > 0, do: n\nend\n',
    hasTypes: false,
  },
};

for (const [language, { file, code, hasTypes = true }] of Object.entries(programs)) {
  describe(`structural_analysis of ${language}`, () => {
    before(async () => {
      await folder.open();
      await folder.write({ [file]: code });
    });
    after(() => folder.close());

    it('follows callers and callees over hops', async () => {
      const callers = await said(analysis, { mode: 'callers', language, symbol: 'helper' });
      expect(callers).to.match(/\n {2}middle {2}\S+:\d+: .*\n {4}top {2}\S+:\d+: /);
      const callees = await said(analysis, { mode: 'callees', language, symbol: 'top' });
      expect(callees).to.match(/\n {2}middle {2}\S+:\d+\n {4}helper {2}\S+:\d+$/);
    });

    it('finds references and the definition among them', async () => {
      const words = await said(analysis, { mode: 'references', language, symbol: 'helper' });
      const references = words.split('\n').slice(1);
      expect(references, words).to.have.length(2);
      const definition = code.split('\n').findIndex((line) => /helper.*\bn\b/.test(line)) + 1;
      const marked = references.filter((line) => line.includes('(definition)'));
      expect(marked.map((line) => line.split(' ')[0])).to.deep.equal([`${file}:${definition}`]);
    });

    it(hasTypes ? 'finds super- and subtypes' : 'says that there are no types made from others', async () => {
      const args = { mode: 'hierarchy', language, symbol: 'A' };
      if (!hasTypes) expect((await failure(analysis, args)).code).to.equal('code.unknown_language');
      else expect(await said(analysis, args)).to.match(/\nsubtypes:\n {2}B {2}\S+:\d+$/);
    });

    it('finds imports', async () => {
      expect(await said(analysis, { mode: 'dependencies', language })).to.match(/\n\S+:[12]: \S*[xX]\S*$/);
    });
  });
}

describe('structural_analysis', () => {
  beforeEach(() => folder.open());
  afterEach(() => folder.close());

  it('says who imports a file, whatever its end is written as', async () => {
    await folder.write({
      'src/a.ts': 'export const a = 1;\n',
      'src/b.ts': "import { a } from './a.js';\nexport * from './c/index.js';\n",
      'src/c/index.ts': "import { a } from '../a.js';\nimport fs from 'node:fs';\n",
    });
    const args = { mode: 'dependencies', language: 'ts', reverse: true };
    const of = async (target: string) => (await said(analysis, { ...args, target })).split('\n').slice(1);
    expect((await of('src/a.ts')).sort()).to.deep.equal(['src/b.ts:1: ./a.js', 'src/c/index.ts:1: ../a.js']);
    expect(await of('src/c/index.ts')).to.deep.equal(['src/b.ts:2: ./c/index.js']);
    expect(await of('node:fs')).to.deep.equal(['src/c/index.ts:2: node:fs']);
    const forward = await said(analysis, { mode: 'dependencies', language: 'ts', target: 'src/b.ts' });
    expect(forward.split('\n').slice(1)).to.have.length(2);
    expect((await failure(analysis, args)).message).to.include('target');
  });

  it('sees imports that are calls', async () => {
    await folder.write({
      'a.js': "const a = require('./b');\nconst c = await import('./c.js');\nrequire(name);\n",
      'a.rb': "require 'json'\nrequire_relative 'lib/b'\n",
      'a.php': "<?php require_once 'b.php';\n",
    });
    const of = async (language: string) =>
      (await said(analysis, { mode: 'dependencies', language })).split('\n').slice(1).sort();
    expect(await of('js')).to.deep.equal(['a.js:1: ./b', 'a.js:2: ./c.js']);
    expect(await of('ruby')).to.deep.equal(['a.rb:1: json', 'a.rb:2: ./lib/b']);
    expect(await of('php')).to.deep.equal(['a.php:1: ./b.php']);
  });

  it('says what files export', async () => {
    await folder.write({ 'a.ts': 'export const a = 1;\nconst b = 2;\nexport class C {}\n' });
    const words = await said(analysis, { mode: 'exports', language: 'typescript' });
    expect(words.split('\n').slice(1)).to.deep.equal([
      'a.ts:1: constant export const a = 1;',
      'a.ts:3: class export class C {}',
    ]);
  });

  it('goes as many hops as it is told, up and down', async () => {
    await folder.write({ 'a.ts': 'class A {}\nclass B extends A {}\nclass C extends B {}\nclass D extends C {}\n' });
    const of = async (depth: number) =>
      (await said(analysis, { mode: 'hierarchy', language: 'ts', symbol: 'B', depth })).split('\n').slice(1);
    expect(await of(1)).to.deep.equal(['supertypes:', '  A  a.ts:2', 'subtypes:', '  C  a.ts:3']);
    expect(await of(2)).to.deep.equal(['supertypes:', '  A  a.ts:2', 'subtypes:', '  C  a.ts:3', '    D  a.ts:4']);
  });

  it('does not run in circles, and stops at maxNodes', async () => {
    await folder.write({ 'a.js': 'function a() { b(); }\nfunction b() { a(); c(); d(); }\n' });
    const words = await said(analysis, { mode: 'callees', language: 'js', symbol: 'a', depth: 10 });
    expect(words.split('\n').length).to.be.lessThan(8);
    const cut = await said(analysis, { mode: 'callees', language: 'js', symbol: 'b', maxNodes: 1 });
    expect(cut).to.include('(cut at 1;');
  });

  it('tells definitions of one name apart by what holds them', async () => {
    await folder.write({ 'a.py': 'class A:\n    def m(self): pass\nclass B:\n    def m(self): pass\n' });
    const words = await said(analysis, { mode: 'definitions', language: 'py', symbol: 'B.m' });
    expect(words.split('\n').slice(1)).to.deep.equal(['m  a.py:4: def m(self): pass']);
  });

  it('asks for what it needs', async () => {
    expect((await failure(analysis, { mode: 'callers', language: 'ts' })).code).to.equal('tool.bad_pattern');
    expect((await failure(analysis, { mode: 'exports', language: 'json' })).message).to.include('python');
    expect((await failure(analysis, { mode: 'exports', language: 'elixir' })).message).to.include('not of elixir');
  });
});

describe('names in code', () => {
  it('are the last of what is called', () => {
    for (const [text, name] of [
      ['a.b', 'b'],
      ['a::b::<T>', 'b'],
      ['f(x).g', 'g'],
      ['a?.b!', 'b!'],
      ['this.#p', '#p'],
      ['(x)', ''],
      ['', ''],
    ] as const) {
      expect(lastName(text), text).to.equal(name);
    }
  });

  it('are the types of a clause, without what is in brackets', () => {
    expect(typeNames('extends A<B<C>> implements d.E, F')).to.deep.equal(['A', 'E', 'F']);
    expect(typeNames('(A, b.C, metaclass=M)')).to.deep.equal(['A', 'C']);
    expect(typeNames(': public A, private virtual ns::B<int>')).to.deep.equal(['A', 'B']);
  });
});

import core from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import elixir from 'highlight.js/lib/languages/elixir';
import erlang from 'highlight.js/lib/languages/erlang';
import go from 'highlight.js/lib/languages/go';
import haskell from 'highlight.js/lib/languages/haskell';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import lua from 'highlight.js/lib/languages/lua';
import makefile from 'highlight.js/lib/languages/makefile';
import markdown from 'highlight.js/lib/languages/markdown';
import perl from 'highlight.js/lib/languages/perl';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import r from 'highlight.js/lib/languages/r';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import scala from 'highlight.js/lib/languages/scala';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { type Token, tokensOf } from './syntax.js';

const languages = {
  ...{ bash, c, cpp, csharp, css, diff, dockerfile, elixir, erlang, go, haskell, ini, java, javascript, json, kotlin },
  ...{ lua, makefile, markdown, perl, php, python, r, ruby, rust, scala, sql, swift, typescript, xml, yaml },
};
for (const [name, language] of Object.entries(languages)) core.registerLanguage(name, language);

/** Colouring more would be noticed as a pause. */
const MOST = 100_000;

/** The tokens of code; null where it stays plain. This module is large: it is loaded when there is code to show. */
export function highlighted(code: string, language: string): Token[] | null {
  if (code.length > MOST || !core.getLanguage(language)) return null;
  try {
    const tokens = tokensOf(core.highlight(code, { language, ignoreIllegals: true }).value);
    return tokens.map(({ text }) => text).join('') === code ? tokens : null;
  } catch {
    // A grammar may need what the oldest browsers lack; the code is as readable without colours.
    return null;
  }
}

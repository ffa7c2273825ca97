/** How the fixture project is tested in each of its languages: programs for execute_code, run in that language's folder. */
export const languages = {
  python: [
    'import sys, unittest',
    'sys.dont_write_bytecode = True',
    'sys.path.insert(0, ".")',
    'unittest.main(module="test_discount", argv=["test"], verbosity=2)',
  ].join('\n'),
  javascript: `import(\`file://\${process.cwd()}/discount.test.mjs\`);`,
  bash: 'source ./test_discount.sh',
  elixir: [
    'ExUnit.start(colors: [enabled: false])',
    'Code.require_file("discount.ex")',
    'Code.require_file("discount_test.exs")',
  ].join('\n'),
} as const;

export type LanguageName = keyof typeof languages;

export const languageNames = Object.keys(languages) as LanguageName[];

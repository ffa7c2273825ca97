import type { Random } from './random.js';

const english =
  'the server keeps every message of a conversation in order and sends it again after each crash because nobody may lose what was said before tests prove that with care'.split(
    ' ',
  );
const chinese =
  '我们今天讨论一个关于分布式系统一致性的问题数据库事务必须保证原子性与持久性当服务器崩溃时恢复过程应当把每个未完成的步骤重新执行或者撤销';

/** What people and tools put into conversations, by what it is made of; of about so many characters. */
export const texts: Readonly<Record<string, (random: Random, length: number) => string>> = {
  text: (random, length) => filled(length, () => `${random.pick(english)}${random.next() < 0.08 ? '.\n' : ' '}`),
  code: (random, length) =>
    filled(length, () => {
      const [a, b] = [random.pick(english), random.pick(english)];
      return `  if (${a}.${b}[${random.between(0, 99)}] !== undefined) {\n    return await this.#${b}(${a}, { ${b}: ${random.next() > 0.5} });\n  }\n`;
    }),
  json: (random, length) =>
    filled(
      length,
      () =>
        `${JSON.stringify({ id: random.between(0, 1e9), [random.pick(english)]: random.next(), tags: [random.pick(english)] })},\n`,
    ),
  chinese: (random, length) =>
    filled(length, () => `${chinese[random.between(0, chinese.length - 1)]}${random.next() < 0.06 ? '，' : ''}`),
  base64: (random, length) =>
    filled(
      length,
      () => `${Buffer.from(Array.from({ length: 57 }, () => random.between(0, 255))).toString('base64')}\n`,
    ),
};

function filled(length: number, piece: () => string): string {
  const pieces: string[] = [];
  for (let size = 0; size < length; size += pieces.at(-1)!.length) pieces.push(piece());
  return pieces.join('');
}

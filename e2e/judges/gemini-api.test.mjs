import { GoogleGenAI } from '@google/genai';
import { startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import {
  apiKey,
  keyCredential,
  ours,
  person,
  replies,
  saidByOurs,
  saidByTheirs,
  textOf,
  writeFile,
} from './support.mjs';

describe('@google/genai, pointed at the simulator', () => {
  let sim;
  beforeEach(async () => {
    sim = await startProviderSim({ seed: 'judge' });
  });
  afterEach(async () => sim.close());

  const { parameters, ...declaration } = writeFile;
  const config = {
    systemInstruction: 'Be brief.',
    tools: [{ functionDeclarations: [{ ...declaration, parametersJsonSchema: parameters }] }],
    thinkingConfig: { includeThoughts: true },
  };

  for (const model of ['gemini-2.5-flash', 'gemini-3.8-flash'])
    for (const [what, reply] of Object.entries(replies))
      it(`gets ${what} from ${model} as our provider does`, async () => {
        sim.script = () => ({ ...reply, usage: { input_tokens: 12, ...reply.usage } });
        const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: sim.url } });
        const pieces = [];
        const contents = [{ role: 'user', parts: [{ text: 'go' }] }];
        for await (const piece of await client.models.generateContentStream({ model, contents, config }))
          pieces.push(piece);
        const given = saidByOurs(await ours(sim, { credential: keyCredential, model, messages: [person('go')] }));
        const judged = saidByTheirs(pieces);
        expect(judged.text).to.equal(textOf(reply));
        expect(given).to.deep.equal(judged);
        expect(sim.rejected).to.deep.equal([]);
      });
});

// Mocha's spec reporter, which also writes to the file named by MAESTRO_SUITE_COUNTS, one JSON a line: its counts, and
// which tests failed with what.
const { appendFileSync } = require('node:fs');
const Mocha = require('mocha');

const { EVENT_RUN_END, EVENT_TEST_FAIL } = Mocha.Runner.constants;

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failed = [];
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      failed.push({ title: test.fullTitle(), error: String(error?.stack ?? error).slice(0, 2000) });
    });
    runner.once(EVENT_RUN_END, () => {
      const file = process.env.MAESTRO_SUITE_COUNTS;
      const { passes, failures, pending } = runner.stats;
      if (file) appendFileSync(file, `${JSON.stringify({ passes, failures, pending, failed })}\n`);
    });
  }
};

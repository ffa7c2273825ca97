/** The PostgreSQL server that tests use: the one named in the environment. */
export async function testServerUrl(): Promise<string> {
  const given = process.env.MAESTRO_TEST_DATABASE_URL;
  if (!given) throw new Error('set MAESTRO_TEST_DATABASE_URL');
  return given;
}

export async function stopTestServer(): Promise<void> {
  await Promise.resolve();
}

import type { CredentialResource } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { startAccountPage } from '../support/account-page.js';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { until } from '../support/until.js';

type AccountPage = Awaited<ReturnType<typeof startAccountPage>>;

const claude = { access: 'sk-ant-oat01-browser-000000', refresh: 'sk-ant-ort01-browser-000000' };
const google = { access: 'ya29.browser-0000000000000000', refresh: '1//browser-00000000' };

describe('signing in to a provider in a real browser', function () {
  this.timeout(120_000);
  let sim: ProviderSim;
  let claudePage: AccountPage;
  let googlePage: AccountPage;
  let world: BrowserWorld;
  let page: Page;

  before(async () => {
    [sim, claudePage, googlePage] = await Promise.all([
      startProviderSim(),
      startAccountPage(claude),
      startAccountPage(google),
    ]);
    const viewport = { width: 1440, height: 900 };
    world = await BrowserWorld.open({}, viewport, pluginsWith(sim.url, claudePage.url, googlePage.url));
    page = await world.signIn();
    await page.goto(`${world.server.url}/auth`);
  });
  after(async () => {
    await world?.close();
    await Promise.all([sim, claudePage, googlePage].map((each) => each?.close()));
  });

  const of = (provider: string) => page.locator(`[data-provider="${provider}"]`);
  const credentials = async () =>
    (await world.server.must<{ items: CredentialResource[] }>('GET', '/credentials')).items;
  const address = () => page.getByTestId('oauth-url').inputValue();
  const focused = () => page.evaluate<string | undefined>('document.activeElement?.dataset.test');
  /** The page of the vendor, in a tab that the card's link opens. */
  const account = async (act: 'agree' | 'deny') => {
    const opened = world.context.waitForEvent('page');
    await page.getByTestId('oauth-open').click();
    const tab = await opened;
    await tab.getByText(act).click();
    return tab;
  };

  it('5.1 warns of what the vendor says, and the card is accessible in both themes', async () => {
    await of('anthropic').getByTestId('sign-in').click();
    await page.getByTestId('oauth-url').waitFor();
    expect(await page.getByTestId('oauth-warning').innerText()).to.include('API key is the way its terms provide');
    for (const theme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      expect(await accessibilityFaults(page), theme).to.deep.equal([]);
      await picture(page, `${theme}-sign-in`);
    }
  });

  it('is given up by Escape: the request is over and the focus is back where it began', async () => {
    const listener = new URL(await address()).searchParams.get('redirect_uri') ?? '';
    await page.keyboard.press('Escape');
    await page.getByTestId('oauth-flow').waitFor({ state: 'detached' });
    expect(await focused()).to.equal('sign-in');
    await until('the listener to close', () => isClosed(listener));
    expect(await credentials()).to.deep.equal([]);
  });

  it('5.1 goes through the browser: the answer comes back by itself, and the credential is there', async () => {
    // By keyboard to the card; the focus goes to the link.
    await of('anthropic').getByTestId('sign-in').press('Enter');
    await until('the focus on the link', async () => (await focused()) === 'oauth-open');
    const listener = new URL(await address()).searchParams.get('redirect_uri') ?? '';
    const tab = await account('agree');
    await tab.getByText('You may close this window').waitFor();
    await tab.close();
    const row = of('anthropic').getByTestId('credential');
    await row.waitFor();
    expect(await row.innerText())
      .to.include('Sign-in')
      .and.include('Refreshes by itself');
    await page.getByTestId('oauth-flow').waitFor({ state: 'detached' });
    await until('the listener to close', () => isClosed(listener));
    expect(claudePage.counts).to.include({ agreed: 1, exchanged: 1, refused: 0 });
    expect(await page.content()).not.to.include(claude.access);
  });

  it('5.1 goes through a pasted code, and says of a foreign one that it is not the answer', async () => {
    await of('gemini').getByTestId('sign-in').click();
    await page.getByTestId('oauth-way-code').click();
    await until('the focus on the code', async () => (await focused()) === 'oauth-code');
    await page.getByTestId('oauth-finish').click();
    expect(await page.getByTestId('oauth-problem').innerText()).to.equal('Paste the code first.');
    const { code, state, back } = googlePage.agree(await address());
    await page.getByTestId('oauth-code').fill(back.replace(state, `${'0'.repeat(state.length)}`));
    await page.keyboard.press('Enter');
    await until('the refusal', async () => !(await page.getByTestId('oauth-problem').innerText()).includes('first'));
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.getByTestId('oauth-code').fill(code);
    await page.keyboard.press('Enter');
    const row = of('gemini').getByTestId('credential');
    await row.waitFor();
    expect(await row.innerText()).to.include(sim.google.email);
  });

  it('says that access was refused, and begins again', async () => {
    await of('anthropic').getByTestId('sign-in').click();
    await (await account('deny')).close();
    await page.getByTestId('oauth-problem').waitFor();
    await picture(page, 'sign-in-denied');
    await page.getByTestId('oauth-again').click();
    await page.getByTestId('oauth-url').waitFor();
    expect(await page.getByTestId('oauth-problem').count()).to.equal(0);
    await page.getByTestId('oauth-cancel').click();
    expect(await credentials()).to.have.length(2);
  });

  it('names the setting that is missing where there is no client id', async () => {
    await of('openai').getByTestId('sign-in').click();
    expect(await page.getByTestId('oauth-missing').innerText()).to.include(
      'plugins."@maestro/provider-openai".oauth.clientId',
    );
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.keyboard.press('Escape');
    await page.getByTestId('oauth-flow').waitFor({ state: 'detached' });
  });

  it('tests a credential with a real call, and keeps the reason where it failed', async () => {
    const row = of('anthropic').getByTestId('credential');
    const test = row.getByTestId('credential-test');
    await test.click();
    await page.getByText('It works').first().waitFor();
    sim.fault(
      { type: 'status', status: 403, error_type: 'permission_error', message: 'Not allowed here' },
      { times: 3 },
    );
    await test.click();
    await row.getByTestId('credential-failure').waitFor();
    expect(await row.getByTestId('credential-failure').innerText()).to.include('Not allowed here');
    await picture(page, 'credential-failing');
    sim.reset();
    sim.fault(
      { type: 'status', status: 429, error_type: 'rate_limit_error', message: 'Too many', retry_after: '60' },
      { times: 3 },
    );
    await test.click();
    await row
      .getByTestId('credential-state')
      .filter({ hasText: /Rate limited, 0:[0-5]\d/ })
      .waitFor();
    await picture(page, 'credential-limited');
    sim.reset();
    await test.click();
    await row.getByTestId('credential-failure').waitFor({ state: 'detached' });
  });

  it('deletes a sign-in by keyboard, after asking', async () => {
    const row = of('gemini').getByTestId('credential');
    await row.getByTestId('key-delete').press('Enter');
    await page.keyboard.press('Escape');
    await until('the focus back', async () => (await focused()) === 'key-delete');
    await page.keyboard.press('Enter');
    await until('the question', async () => (await focused()) === 'key-delete-confirm');
    await page.keyboard.press('Enter');
    await row.waitFor({ state: 'detached' });
    expect((await credentials()).map(({ provider }) => provider)).to.deep.equal(['anthropic']);
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});

/** Whether nobody listens any more at the address a sign-in was to come back to. */
async function isClosed(address: string): Promise<boolean> {
  return fetch(address).then(
    () => false,
    () => true,
  );
}

function pluginsWith(sim: string, claude: string, google: string): string {
  const places = (account: string) => `authorizeUrl: "${account}/authorize", tokenUrl: "${account}/token"`;
  const told = `tokenInfoUrl: "${sim}/tokeninfo", userInfoUrl: "${sim}/oauth2/v2/userinfo"`;
  return `  "@maestro/provider-anthropic": { baseUrl: "${sim}", oauth: { clientId: client, ${places(claude)} } }
  "@maestro/provider-openai": { baseUrl: "${sim}" }
  "@maestro/provider-gemini":
    { baseUrl: "${sim}", codeAssistUrl: "${sim}", oauth: { clientId: client, clientSecret: secret, ${places(google)}, ${told} } }
`;
}

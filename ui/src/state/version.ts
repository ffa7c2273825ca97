/** The script this page was loaded with; its name changes with what is in it. */
const own = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute('src') ?? null;

/** Whether the server gives out another page than this one by now. Without an answer it is taken for the same. */
export async function isOutdated(): Promise<boolean> {
  if (own === null) return false;
  try {
    const response = await fetch('/', { headers: { accept: 'text/html' }, cache: 'no-store' });
    return response.ok && !(await response.text()).includes(`"${own}"`);
  } catch {
    return false;
  }
}

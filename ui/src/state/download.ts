/** Hands a file to the browser to keep. */
export function download(name: string, bytes: Uint8Array): void {
  const address = URL.createObjectURL(new Blob([bytes as BlobPart], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser begins to read it after this; an address that is gone by then gives nothing.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

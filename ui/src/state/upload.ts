import { RestError } from '@maestro/core/client';

/** What the server sees the bytes to be. */
export interface Uploaded {
  sha256: string;
  bytes: number;
  media_type: string;
}

/** The name of bytes: their SHA-256 in hex. */
export async function sha256Of(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Stores bytes under their SHA-256. By XMLHttpRequest, which alone tells how much has left.
 *
 * @param progressed called with a share from 0 to 1
 */
export function upload(
  file: Blob,
  {
    sha256,
    token,
    progressed,
    signal,
  }: { sha256: string; token: string; progressed(share: number): void; signal: AbortSignal },
): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `/api/v1/blobs/${sha256}`);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded, total }) => progressed(total > 0 ? loaded / total : 0);
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText) as Uploaded);
      else reject(refusal(request));
    };
    request.onerror = () =>
      reject(new RestError(0, 'server.unreachable', 'the server could not be reached; it is tried again on request'));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

function refusal({ status, responseText }: XMLHttpRequest): RestError {
  try {
    const { error } = JSON.parse(responseText) as { error: { code: string; message: string } };
    return new RestError(status, error.code, error.message);
  } catch {
    return new RestError(status, 'server.answer', `the server answered with ${status}`);
  }
}

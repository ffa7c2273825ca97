/** What a provider takes of images and files in one request. Sizes in bytes, before they are written as base64. */
export interface MediaLimits {
  /** Media types of images. */
  images: readonly string[];
  /** Media types of other files; text needs none, it is sent as words. */
  files: readonly string[];
  imageBytes: number;
  fileBytes: number;
  totalBytes: number;
  imageCount: number;
  /** Of the longer edge; left out where it is not known. */
  imagePixels?: number;
  /** With more images than these, each may be only so long. */
  manyImages?: { over: number; pixels: number };
}

/** The words of a refusal without the name the field has in the API: the label above it says that better. */
export function sentence(text: string): string {
  const bare = text.replace(/^[a-z_]+: /, '');
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

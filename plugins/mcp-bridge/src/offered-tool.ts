import { z } from 'zod';

/**
 * A tool as a server offers it, read leniently: one that is malformed must not hide its neighbours, and its schema is
 * looked at by itself.
 */
const OfferedToolSchema = z.object({
  name: z.string(),
  title: z.string().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  inputSchema: z.unknown(),
  annotations: z
    .object({ title: z.string().optional().catch(undefined), readOnlyHint: z.boolean().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
export type OfferedTool = z.infer<typeof OfferedToolSchema>;

/** One page of `tools/list`. */
export const OfferedToolsSchema = z.object({
  tools: z.array(z.unknown()),
  nextCursor: z.string().optional().catch(undefined),
});

/** Those that have a name. */
export function offeredTools(tools: readonly unknown[]): OfferedTool[] {
  return tools.flatMap((tool) => {
    const read = OfferedToolSchema.safeParse(tool);
    return read.success ? [read.data] : [];
  });
}

/** Loads an intent and its runner side by side, when the command runs and not before. */
export async function withRunner<M extends object>(loading: Promise<M>) {
  const [intents, { runIntent }] = await Promise.all([loading, import('./run-intent.ts')])
  return { ...intents, runIntent }
}

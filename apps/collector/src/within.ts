/**
 * What `work` comes to, unless it takes longer than `limitMs`: then it is left to go on by itself.
 *
 * @throws the error that `late` makes, when it takes longer; what `work` throws
 */
export async function within<T>(limitMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limitMs);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}

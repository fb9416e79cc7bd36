/** Longest wait where no frames are drawn (a hidden tab), ms. */
const HIDDEN_WAIT_MS = 500;

/**
 * Makes a function that may be called at any rate run at most once per animation frame. In a hidden tab, which draws no
 * frames, it still runs within half a second, so that the title keeps counting.
 */
export function oncePerFrame(run: () => void): () => void {
  let isPending = false;
  return () => {
    if (isPending) return;
    isPending = true;
    const now = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      isPending = false;
      run();
    };
    const frame = requestAnimationFrame(now);
    const timer = setTimeout(now, HIDDEN_WAIT_MS);
  };
}

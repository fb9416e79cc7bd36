// Runs before the first paint: a theme chosen by hand wins over the system's (see lib/theme/theme.svelte.ts).
try {
  const theme = localStorage.getItem('vedette.theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme then applies.
}

import type { AlertFilter } from './alert-filter.js';
import { formatRoute, parseRoute, type Route } from './route.js';

/** The address of the page as state, over the History API. */
export class Router {
  #route = $state.raw<Route>(parseRoute(location));

  get route(): Route {
    return this.#route;
  }

  /** Follows the browser's back and forward. Call its result to stop. */
  listen(): () => void {
    const follow = () => {
      this.#route = parseRoute(location);
    };
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }

  hrefOf(alertId: string | null): string {
    return formatRoute({ alertId, filter: this.#route.filter });
  }

  /** Opens an alert. Stepping from one to the next replaces the entry, so that "back" leaves the alert at once. */
  open(alertId: string): void {
    this.#go({ ...this.#route, alertId }, this.#route.alertId === null ? 'push' : 'replace');
  }

  close(): void {
    this.#go({ ...this.#route, alertId: null }, 'push');
  }

  filter(change: Partial<AlertFilter>): void {
    this.#go({ ...this.#route, filter: { ...this.#route.filter, ...change } }, 'replace');
  }

  #go(route: Route, how: 'push' | 'replace'): void {
    const address = formatRoute(route);
    if (how === 'push') history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    this.#route = route;
  }
}

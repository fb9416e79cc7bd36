import type { Alert, Resolution } from '@vedette/protocol';
import { createContext } from 'svelte';
import { Api, ApiError } from '../api/client.js';
import { Theme } from '../theme/theme.svelte.js';
import { Live } from './live.svelte.js';
import { Router } from './router.svelte.js';
import { isUnauthorized, messageOf, SessionStore } from './session.svelte.js';

const NOTICE_MS = 5_000;

export interface Notice {
  readonly tone: 'done' | 'failed';
  readonly text: string;
}

/** What all parts of the page share. */
export class App {
  readonly api = new Api();
  readonly theme = new Theme();
  readonly router = new Router();
  readonly session = new SessionStore(this.api);

  #notice = $state.raw<Notice | null>(null);
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;

  get notice(): Notice | null {
    return this.#notice;
  }

  createLive(): Live {
    return new Live({ api: this.api, onUnauthorized: () => this.session.expire() });
  }

  async acknowledge(live: Live, alert: Alert): Promise<void> {
    if (alert.status !== 'new') return;
    await this.#triage(live, alert, { status: 'acknowledged', resolution: null, comment: null }, 'Acknowledged.');
  }

  async resolve(live: Live, alert: Alert, resolution: Resolution, comment: string | null): Promise<boolean> {
    return this.#triage(live, alert, { status: 'resolved', resolution, comment }, 'Resolved.');
  }

  async reopen(live: Live, alert: Alert): Promise<void> {
    await this.#triage(live, alert, { status: 'new', resolution: null, comment: null }, 'Reopened.');
  }

  say(notice: Notice): void {
    this.#notice = notice;
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => {
      this.#notice = null;
    }, NOTICE_MS);
  }

  async #triage(live: Live, alert: Alert, request: Parameters<Live['triage']>[1], done: string): Promise<boolean> {
    if (!this.session.mayTriage) {
      this.say({ tone: 'failed', text: 'Your role may look, but not triage.' });
      return false;
    }
    try {
      await live.triage(alert.id, request);
      this.say({ tone: 'done', text: done });
      return true;
    } catch (error) {
      // Somebody else was quicker; the stream brings their change.
      if (error instanceof ApiError && error.code === 'VDT_ALERT_UNCHANGED') return true;
      if (isUnauthorized(error)) this.session.expire();
      else this.say({ tone: 'failed', text: messageOf(error) });
      return false;
    }
  }
}

export const [getApp, setApp] = createContext<App>();
export const [getLive, setLive] = createContext<Live>();

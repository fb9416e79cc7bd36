import { readFile } from 'node:fs/promises';
import {
  checkSettings,
  DEFAULT_SETTINGS,
  parseSettings,
  type Settings,
  type SettingsState,
  VedetteError,
} from '@vedette/protocol';
import type { DocumentStore } from '@vedette/storage';
import type { Logger } from 'pino';
import { HttpError } from '../http/http-error.js';

const PREFIX = 'settings/';
/** Digits of a revision in its key, so that keys sort as revisions do. */
const DIGITS = 12;

export interface KeptSettingsParts {
  readonly documents: Pick<DocumentStore, 'list' | 'set'>;
  /** File that holds the settings, where they are not changed by the API. */
  readonly file: string | undefined;
  readonly logger: Logger;
  readonly now?: () => number;
}

/**
 * The settings of detection: from a file that their people keep elsewhere, or changed by the API, each change a document
 * of its own that is never overwritten.
 */
export class KeptSettings {
  readonly #parts: KeptSettingsParts;
  readonly #listeners = new Set<(settings: Settings) => void>();
  #state: SettingsState;

  private constructor(parts: KeptSettingsParts, state: SettingsState) {
    this.#parts = parts;
    this.#state = state;
  }

  /** @throws VedetteError `VDT_SETTINGS_UNREADABLE`, `VDT_SETTINGS_INVALID` for a file that cannot be used */
  static async open(parts: KeptSettingsParts): Promise<KeptSettings> {
    if (parts.file !== undefined) {
      const settings = await readSettingsFile(parts.file);
      return new KeptSettings(parts, { settings, from: 'file', revision: 0, changedAt: null, changedBy: null });
    }
    const newest = (await parts.documents.list(PREFIX)).at(-1)?.value as SettingsState | undefined;
    const defaults = {
      settings: DEFAULT_SETTINGS,
      from: 'defaults',
      revision: 0,
      changedAt: null,
      changedBy: null,
    } as const;
    if (newest === undefined) return new KeptSettings(parts, defaults);
    try {
      return new KeptSettings(parts, { ...newest, settings: checkSettings(newest.settings, 'stored settings') });
    } catch (error) {
      // Another version wrote them. Watching with the defaults is better than not watching.
      parts.logger.error({ err: error }, 'stored detection settings are not understood; the defaults apply');
      return new KeptSettings(parts, { ...defaults, revision: newest.revision });
    }
  }

  get state(): SettingsState {
    return this.#state;
  }

  /** Calls `listener` with the settings in force, now and after each change. */
  follow(listener: (settings: Settings) => void): void {
    this.#listeners.add(listener);
    listener(this.#state.settings);
  }

  /**
   * Keeps other settings and applies them, once they are durable.
   *
   * @param revision that the change was made from
   * @throws HttpError 409 where a file holds the settings, or somebody else changed them meanwhile
   */
  async change(settings: Settings, revision: number, by: string): Promise<SettingsState> {
    const { file, documents, now } = this.#parts;
    if (file !== undefined) {
      throw new HttpError(
        409,
        'VDT_SETTINGS_IN_FILE',
        `the settings are kept in ${file}: change them there and restart`,
      );
    }
    if (revision !== this.#state.revision) {
      throw new HttpError(
        409,
        'VDT_SETTINGS_CHANGED',
        `the settings are at revision ${this.#state.revision} by now, not ${revision}: read them again`,
      );
    }
    const state: SettingsState = {
      settings,
      from: 'api',
      revision: revision + 1,
      changedAt: new Date((now ?? Date.now)()).toISOString(),
      changedBy: by,
    };
    const before = this.#state;
    // Taken before it is durable, so that of two changes at once only one goes on from this revision.
    this.#state = state;
    try {
      await documents.set(`${PREFIX}${String(state.revision).padStart(DIGITS, '0')}`, state);
    } catch (error) {
      this.#state = before;
      throw error;
    }
    for (const listener of this.#listeners) listener(settings);
    return state;
  }

  /** All changes by the API, newest first. */
  async changes(): Promise<SettingsState[]> {
    return (await this.#parts.documents.list(PREFIX)).map(({ value }) => value as SettingsState).reverse();
  }
}

/**
 * @throws VedetteError `VDT_SETTINGS_UNREADABLE` where the file cannot be read, `VDT_SETTINGS_INVALID` naming each place
 *   in it that is wrong
 */
export async function readSettingsFile(file: string): Promise<Settings> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VedetteError('VDT_SETTINGS_UNREADABLE', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  });
  return parseSettings(text, file);
}

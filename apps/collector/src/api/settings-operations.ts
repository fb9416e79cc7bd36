import { ChangeSettingsSchema, SettingsChangesSchema, SettingsStateSchema } from '@vedette/protocol';
import type { KeptSettings } from '../detection/kept-settings.js';
import { type Operation, operation } from './operation.js';

/** Settings of detection by the API: read by everyone, changed by admins, every change kept with who made it. */
export function settingsOperations(settings: KeptSettings): Operation[] {
  return [
    operation({
      method: 'GET',
      path: '/api/settings',
      summary: 'The settings of detection in force',
      role: 'viewer',
      response: SettingsStateSchema,
      handle: async () => settings.state,
    }),
    operation({
      method: 'PUT',
      path: '/api/settings',
      summary: 'Other settings of detection, from the next request event on',
      role: 'admin',
      body: ChangeSettingsSchema,
      response: SettingsStateSchema,
      handle: async ({ body, session }) => settings.change(body.settings, body.revision, session.user),
    }),
    operation({
      method: 'GET',
      path: '/api/settings/changes',
      summary: 'All changes of the settings, newest first',
      role: 'viewer',
      response: SettingsChangesSchema,
      handle: async () => ({ changes: await settings.changes() }),
    }),
  ];
}

import type { FastifyBaseLogger } from 'fastify';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** For machines without a mail server: says that a mail would have gone out, but not what a reader could misuse. */
export function loggingMailer(log: FastifyBaseLogger): Mailer {
  return { send: async (mail) => log.info({ subject: mail.subject }, 'mail not sent: no mail server configured') };
}

import { VedetteError } from '@vedette/protocol';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { CollectorConfig } from './config.js';

/** An error as it stands in the log. */
interface LoggedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  /** Where it arose: places in the code, without the message that a stack begins with. */
  readonly stack?: string;
  readonly cause?: LoggedError;
}

const MAX_MESSAGE = 300;
const MAX_CAUSES = 5;

/** Quoted text, also where a message was cut before its end. */
const QUOTED = /(?<![A-Za-z0-9])(['"`])(?:\\.|(?!\1)[^\\])*(?:\1|\\?$)/g;

/**
 * Structured logs, one JSON object a line, on standard error. Nothing of a request is logged but what the collector says
 * about it in its own words: errors that others throw may quote what they were given (a row, a body, a header), so they are
 * reduced to their kind, their code and their message without quotes.
 */
export function createLogger(level: CollectorConfig['logLevel'], to: DestinationStream = standardError()): Logger {
  return pino({ level, base: null, serializers: { err: (error: unknown) => loggedError(error) } }, to);
}

function standardError(): DestinationStream {
  return pino.destination({ dest: 2, sync: true });
}

function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something that is no error was thrown' };
  const { code } = error as { code?: unknown };
  const stack = error.stack?.match(/^ {4}at .*$/gm)?.join('\n');
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code).slice(0, 60) } : {}),
    // What Vedette says itself quotes nothing; with others one cannot know.
    message: shortened(error instanceof VedetteError ? error.message : error.message.replaceAll(QUOTED, '$1…$1')),
    ...(stack === undefined ? {} : { stack }),
    ...(error.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: loggedError(error.cause, depth + 1) }),
  };
}

function shortened(message: string): string {
  const line = message.split('\n', 1)[0] ?? '';
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line;
}

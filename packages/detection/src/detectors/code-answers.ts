import type { Part } from '../core/part.js';

/** A quarter of a power of two: an answer that repeats the code, or names a price, varies by less. */
const BANDS_AN_OCTAVE = 4;
const BANDS = 256;
/** Answers told apart; the rarest makes room. */
const MAX_CLASSES = 32;
/** Counts are halved here, so that answers from before a release fade. */
const FORGET_AT = 4_096;
/** Answers of one kind before it is told. */
const MIN_ANSWERS = 8;
/** Nearly everybody stops at the right code; of those who were refused at least half try another (as with passwords, reference 3.4). */
const SHARE = { right: 0.3, wrong: 0.5 } as const;
/** Standard errors between two kinds of answer: by chance one in 5,000. */
const MIN_Z = 3.5;

interface Answers {
  given: number;
  /** After which the caller tried another code. */
  wentOn: number;
}

/**
 * Tells right from wrong where both are answered with a success, by status and size of the answer: people try another code
 * after a refusal, and stop at the right one. Nothing is told where people go on anyhow, as at a till.
 */
export class CodeAnswers implements Part {
  #classes = new Map<number, Answers>();
  #total = 0;
  #lowest: Answers | undefined;

  /** The kind of an answer, never 0; 0 where its size is not known. */
  kindOf(status: number, bytes: number): number {
    return bytes <= 0 ? 0 : status * BANDS + Math.min(BANDS - 1, Math.floor(BANDS_AN_OCTAVE * Math.log2(bytes + 1)));
  }

  /** Somebody got this kind of answer. */
  given(kind: number): void {
    let answers = this.#classes.get(kind);
    if (answers === undefined) {
      if (this.#classes.size >= MAX_CLASSES) this.#forgetRarest();
      answers = { given: 0, wentOn: 0 };
      this.#classes.set(kind, answers);
    }
    answers.given++;
    if (++this.#total >= FORGET_AT) this.#halve();
    this.#judge();
  }

  /** …and tried another code after it. */
  wentOn(kind: number): void {
    const answers = this.#classes.get(kind);
    if (answers === undefined || answers.wentOn >= answers.given) return;
    answers.wentOn++;
    this.#judge();
  }

  /** What this kind of answer says; `''` while that is not known. */
  told(kind: number): 'ok' | 'failed' | '' {
    const answers = this.#classes.get(kind);
    const right = this.#lowest;
    if (answers === undefined || right === undefined) return '';
    if (answers === right) return 'ok';
    return answers.given >= MIN_ANSWERS && share(answers) >= SHARE.wrong && isApart(answers, right) ? 'failed' : '';
  }

  save(): unknown {
    return this.#classes;
  }

  load(saved: unknown): void {
    this.#classes = saved as Map<number, Answers>;
    this.#total = 0;
    for (const { given } of this.#classes.values()) this.#total += given;
    this.#judge();
  }

  /** The kind after which people go on least, where they seldom do. */
  #judge(): void {
    this.#lowest = undefined;
    for (const answers of this.#classes.values()) {
      if (answers.given < MIN_ANSWERS || share(answers) > SHARE.right) continue;
      if (this.#lowest === undefined || share(answers) < share(this.#lowest)) this.#lowest = answers;
    }
  }

  #forgetRarest(): void {
    let rarest = 0;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [kind, { given }] of this.#classes) {
      if (given >= fewest) continue;
      rarest = kind;
      fewest = given;
    }
    this.#classes.delete(rarest);
    this.#total -= fewest;
  }

  #halve(): void {
    this.#total = 0;
    for (const answers of this.#classes.values()) {
      answers.given /= 2;
      answers.wentOn /= 2;
      this.#total += answers.given;
    }
  }
}

function share({ given, wentOn }: Answers): number {
  return wentOn / given;
}

/** Two proportions, pooled. */
function isApart(one: Answers, other: Answers): boolean {
  const pooled = (one.wentOn + other.wentOn) / (one.given + other.given);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / one.given + 1 / other.given));
  return share(one) - share(other) >= MIN_Z * error;
}

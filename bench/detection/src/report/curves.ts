import type { RunScore } from '../run.js';
export function drawCurves(_directory: string, _scores: ReadonlyMap<string, readonly RunScore[]>): void {}

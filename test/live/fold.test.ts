import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SESSION_STATUSES } from '../../src/db/tables/cooking-sessions.js';
import {
  addTransition,
  canAddTransition,
  EMPTY_FOLD,
  type Fold,
  foldAll,
  foldTransitions,
  isRunning,
  newestOfDevice,
  stateOf,
  type Transition,
} from '../../src/live/fold.js';

const at = (second: number) =>
  new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString().replace('Z', '000Z');

const status = (second: number, deviceSequence: number | null, sessionStatus: string): Transition => ({
  type: 'status',
  recordedAt: at(second),
  deviceSequence,
  clockOffsetMs: null,
  payload: { session_status: sessionStatus },
});

const stage = (second: number, deviceSequence: number, index: number): Transition => ({
  type: 'stage_change',
  recordedAt: at(second),
  deviceSequence,
  clockOffsetMs: null,
  payload: { stage_index: index, stage_name: `Stage ${index}` },
});

const transitions = fc
  .array(
    fc.oneof(
      fc.record({ second: fc.nat(50), kind: fc.constantFrom(...SESSION_STATUSES) }),
      fc.record({ second: fc.nat(50), stage: fc.nat(5) }),
    ),
    { maxLength: 30 },
  )
  .map((events) =>
    events.map((event, i) =>
      'kind' in event ? status(event.second, i + 1, event.kind) : stage(event.second, i + 1, event.stage),
    ),
  );

describe('foldTransitions', () => {
  it('gives the same state whatever the order of arrival', () => {
    fc.assert(
      fc.property(transitions, fc.integer(), (events, seed) => {
        const shuffled = events.toSorted(
          (a, b) => (((a.deviceSequence ?? 0) * seed) % 97) - (((b.deviceSequence ?? 0) * seed) % 97),
        );
        expect(foldTransitions(shuffled)).toEqual(foldTransitions(events));
      }),
    );
  });

  it('has an end exactly when the status is one', () => {
    fc.assert(
      fc.property(transitions, (events) => {
        const { status: last, completedAt, endRecordedAt } = foldTransitions(events);
        expect(completedAt === null).toBe(isRunning(last));
        expect(endRecordedAt === null).toBe(isRunning(last));
      }),
    );
  });

  it('does not change by anything that the device recorded after the end it reported', () => {
    fc.assert(
      fc.property(transitions, transitions, (before, after) => {
        const ended = [...before, status(51, 100, 'completed')];
        const late = after.map((event, i) => ({ ...event, recordedAt: at(52), deviceSequence: 200 + i }));
        const state = foldTransitions(ended);
        fc.pre(!isRunning(state.status));
        expect(foldTransitions([...ended, ...late])).toEqual(state);
      }),
    );
  });

  it('passes over what no arrow allows', () => {
    expect(foldTransitions([status(1, 1, 'paused')]).status).toBe('started');
    expect(foldTransitions([status(1, 1, 'cooking'), status(2, 2, 'started')]).status).toBe('cooking');
    expect(foldTransitions([status(1, 1, 'completed'), status(2, 2, 'cooking')]).status).toBe('completed');
  });

  it('takes back an end that the server inferred when the device goes on', () => {
    const inferred = [status(1, 1, 'cooking'), status(10, null, 'error')];
    expect(foldTransitions(inferred)).toMatchObject({ status: 'error', endRecordedAt: at(10) });
    expect(foldTransitions([...inferred, status(20, 2, 'paused')])).toMatchObject({
      status: 'paused',
      completedAt: null,
    });
    expect(foldTransitions([...inferred, stage(20, 2, 1)])).toMatchObject({ status: 'cooking' });
    expect(foldTransitions(inferred, at(10))).toMatchObject({ status: 'error' });
    expect(foldTransitions(inferred, at(11))).toMatchObject({ status: 'cooking', endRecordedAt: null });
  });

  it('goes from event to event to the same state, in whatever order they come', () => {
    const inferredEnds = fc.array(
      fc.nat(50).map((second) => status(second, null, 'error')),
      { maxLength: 2 },
    );
    fc.assert(
      fc.property(transitions, inferredEnds, fc.array(fc.nat(50), { maxLength: 3 }), (own, ends, silent) => {
        const arriving: (Transition | string)[] = [...own, ...ends, ...silent.map(at)];
        const arrived: Transition[] = [];
        let fold: Fold = EMPTY_FOLD;
        let newest = null as string | null;
        for (const one of arriving) {
          if (typeof one === 'string') {
            newest = newest === null || one > newest ? one : newest; // a reading, say
            if (fold.endIsInferred) fold = foldAll(arrived, newest);
          } else {
            arrived.push(one);
            newest = newestOfDevice([one], newest);
            fold = canAddTransition(fold, one) ? addTransition(fold, one) : foldAll(arrived, newest);
          }
          expect(stateOf(fold)).toEqual(foldTransitions(arrived, newest));
        }
      }),
    );
  });

  it('keeps the number of stages that the device named once', () => {
    const named = { ...stage(0, 1, 0), payload: { ...stage(0, 1, 0).payload, total_stages: 3 } };
    expect(foldTransitions([stage(9, 2, 1), named]).stage).toMatchObject({ index: 1, total: 3 });
  });

  it('logs each stage when the next begins, and the last one at the end', () => {
    const { stagesLog } = foldTransitions([stage(0, 1, 0), stage(30, 2, 1), status(50, 3, 'completed')]);
    expect(stagesLog).toEqual([
      { stage: 'Stage 0', duration_s: 30, result: null, cv_confidence: null },
      { stage: 'Stage 1', duration_s: 20, result: null, cv_confidence: null },
    ]);
  });
});

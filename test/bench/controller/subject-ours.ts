import { measureDecisions } from './decisions.ts';
import { makeOurs } from './ours.ts';
import { runSubject } from './subject.ts';

runSubject(makeOurs, measureDecisions);

import { makePeer } from './peer.ts';
import { runSubject } from './subject.ts';

runSubject(makePeer);

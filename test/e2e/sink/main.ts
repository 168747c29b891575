import { makeSinkServer } from './server.ts';
import { readSinkSettings } from './settings.ts';

process.once('SIGTERM', () => process.exit(0));
makeSinkServer().listen(readSinkSettings().port);

import { expect } from 'vitest';
import { injectAnnotation } from '#contract/annotations.ts';
import { admissionReasons, type AdmissionReason } from '#contract/admission.ts';
import { onlyEmbedded, podsMadeIn } from './support/audit.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

test('the API server’s own audit log says of each pod what the webhook did with it and why', async ({
  cluster,
  namespace,
  skip,
}) => {
  const { settings } = cluster;
  skip(settings.provider !== 'embedded', onlyEmbedded);
  const name = await namespace('enabled');
  await startApp(cluster, name, { name: 'taken' });
  await startApp(cluster, name, { name: 'left', annotations: { [injectAnnotation]: 'false' } });
  const pods = await podsMadeIn(settings, name);
  expect(pods.map(({ annotations }) => saidIn(annotations))).toEqual([said('injected'), said('opted-out')]);

  const elsewhere = await namespace(undefined);
  await startApp(cluster, elsewhere);
  const [unasked] = await podsMadeIn(settings, elsewhere);
  expect(saidIn(unasked?.annotations ?? {})).toEqual({});
  expect(unasked).toMatchObject({ user: 'system:serviceaccount:kube-system:replicaset-controller' });
});

function said(reason: AdmissionReason): object {
  return { 'inject.infra-autopilot.io/reason': reason, 'inject.infra-autopilot.io/message': admissionReasons[reason] };
}

/** Of what admission noted, that of our webhook. */
function saidIn(annotations: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => key.startsWith('inject.infra-autopilot.io/')),
  );
}

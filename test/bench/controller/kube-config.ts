import { KubeConfig } from '@kubernetes/client-node';

export function configOf(server: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'loopback', server, skipTLSVerify: true }, { name: 'bench', token: 'a-token' });
  return config;
}

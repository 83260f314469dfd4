import { describe, expect, it } from 'vitest'
import { maskUrls } from '../../src/errors/mask-url.ts'

describe('maskUrls', () => {
  it.each([
    ['http://bob:PASSWORD@proxy', 'http://[secret]@proxy'],
    ['HTTPS://bob:PASSWORD@proxy:3128/x', 'HTTPS://[secret]@proxy:3128/x'],
    ['socks5://bob:PASS%40WORD@proxy', 'socks5://[secret]@proxy'],
    ['http://bob:PASS@WORD@proxy:3128/', 'http://[secret]@proxy:3128/'],
    ['http://bob:PASS/WORD@proxy:3128', 'http://[secret]@proxy:3128'],
    ['http://PASSWORD@proxy', 'http://[secret]@proxy'],
    ['http://:PASSWORD@proxy', 'http://[secret]@proxy'],
    ['https://bob:PASSWORD@[fd00::1]:2379', 'https://[secret]@[fd00::1]:2379'],
    ['a https://b:PASSWORD@c,https://d:PASSWORD@e f', 'a https://[secret]@c,https://[secret]@e f'],
    ['"http_proxy": "http://bob:PASSWORD@proxy"', '"http_proxy": "http://[secret]@proxy"'],
    ['http_proxy=bob:PASSWORD@proxy:3128', 'http_proxy=[secret]@proxy:3128'],
    ['- name: HTTP_PROXY\n  value: bob:PASSWORD@proxy:3128', '- name: HTTP_PROXY\n  value: [secret]@proxy:3128'],
    ['{"name": "https_proxy", "value": "bob:PASSWORD@proxy"}', '{"name": "https_proxy", "value": "[secret]@proxy"}'],
    ['"bob:PASSWORD@registry.example.com/k8s": invalid', '"[secret]@registry.example.com/k8s": invalid'],
    ['http://bob:PASSWORD@proxy/a@b', 'http://[secret]@proxy/a@b'],
  ])('maskUrls hides user and password of a URL: %s', (text, shown) => {
    expect(maskUrls(text)).toBe(shown)
    expect(maskUrls(shown)).not.toContain('PASSWORD')
  })

  it.each([
    'https://proxy:3128/a@b',
    'registry.k8s.io/etcd:3.6@sha256:abc',
    'https://registry.k8s.io/v2/etcd@sha256:abc',
    'image "etcd:3.6@sha256:abc"',
    'context "system:node:cp1@kubernetes"',
    'context: system:kube-scheduler@kubernetes',
    'name: kubernetes-admin@kubernetes',
    'kadm join --host root@cp1:22',
    'http://proxy:3128',
    'unix:///run/x.sock',
  ])('maskUrls keeps a text without credentials: %s', text => expect(maskUrls(text)).toBe(text))
})

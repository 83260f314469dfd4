/**
 * The Go structs of the configuration kinds: per field its name, its type and its marks. Written by
 * test/fixtures/go-types/record.ts from the Go types of the releases; not to be edited.
 */
export const goStructs: Readonly<Record<string, string>> = {
  APIEndpoint: 'advertiseAddress string,omitempty; bindPort int32,omitempty',
  APIServer:
    'certSANs []string,omitempty; extraArgs []Arg,omitempty; extraEnvs []EnvVar,omitempty; extraVolumes []HostPathMount,omitempty',
  Arg: 'name string; value string',
  BootstrapToken:
    'description string,omitempty; expires *v1.Time,omitempty; groups []string,omitempty; token *v1.BootstrapTokenString; ttl *v1.Duration,omitempty; usages []string,omitempty',
  BootstrapTokenDiscovery:
    'apiServerEndpoint string,omitempty; caCertHashes []string,omitempty; token string; unsafeSkipCAVerification bool,omitempty',
  ClientConnectionConfiguration:
    'acceptContentTypes string; burst int32; contentType string; kubeconfig string; qps float32',
  ClusterConfiguration:
    'apiServer APIServer,omitempty; apiVersion string,omitempty; caCertificateValidityPeriod *v1.Duration,omitempty; certificateValidityPeriod *v1.Duration,omitempty; certificatesDir string,omitempty; clusterName string,omitempty; controlPlaneEndpoint string,omitempty; controllerManager ControlPlaneComponent,omitempty; dns DNS,omitempty; encryptionAlgorithm string,omitempty; etcd Etcd,omitempty; featureGates map[string]bool,omitempty; imageRepository string,omitempty; kind string,omitempty; kubernetesVersion string,omitempty; networking Networking,omitempty; proxy Proxy,omitempty; scheduler ControlPlaneComponent,omitempty',
  ConfigMapKeySelector: 'key string; name string,omitempty; optional *bool,omitempty',
  ConfigMapNodeConfigSource:
    'kubeletConfigKey string; name string; namespace string; resourceVersion string,omitempty; uid string,omitempty',
  ControlPlaneComponent:
    'extraArgs []Arg,omitempty; extraEnvs []EnvVar,omitempty; extraVolumes []HostPathMount,omitempty',
  CrashLoopBackOffConfig: 'maxContainerRestartPeriod *v1.Duration,omitempty',
  CredentialProvider:
    'apiVersion string; args []string,omitempty; defaultCacheDuration *v1.Duration; env []ExecEnvVar,omitempty; matchImages []string; name string',
  CredentialProviderConfig: 'apiVersion string,omitempty; kind string,omitempty; providers []CredentialProvider',
  DNS: 'disabled bool,omitempty; imageRepository string,omitempty; imageTag string,omitempty',
  DetectLocalConfiguration: 'bridgeInterface string; interfaceNamePrefix string',
  Discovery:
    'bootstrapToken *BootstrapTokenDiscovery,omitempty; file *FileDiscovery,omitempty; tlsBootstrapToken string,omitempty',
  EnvVar: 'name string; value string,omitempty; valueFrom *EnvVarSource,omitempty',
  EnvVarSource:
    'configMapKeyRef *ConfigMapKeySelector,omitempty; fieldRef *ObjectFieldSelector,omitempty; fileKeyRef *FileKeySelector,omitempty; resourceFieldRef *ResourceFieldSelector,omitempty; secretKeyRef *SecretKeySelector,omitempty',
  Etcd: 'external *ExternalEtcd,omitempty; local *LocalEtcd,omitempty',
  ExecEnvVar: 'name string; value string',
  ExternalEtcd: 'caFile string; certFile string; endpoints []string; httpEndpoints []string,omitempty; keyFile string',
  FileDiscovery: 'kubeConfigPath string',
  FileKeySelector: 'key string; optional *bool,omitempty; path string; volumeName string',
  FormatOptions: 'json JSONOptions,omitempty; text TextOptions,omitempty',
  HostPathMount: 'hostPath string; mountPath string; name string; pathType string,omitempty; readOnly bool,omitempty',
  ImagePullCredentials:
    'kubernetesSecrets []ImagePullSecret,omitempty; kubernetesServiceAccounts []ImagePullServiceAccount,omitempty; nodePodsAccessible bool,omitempty',
  ImagePullIntent: 'apiVersion string,omitempty; image string; kind string,omitempty',
  ImagePullSecret: 'credentialHash string; name string; namespace string; uid string',
  ImagePullServiceAccount: 'name string; namespace string; uid string',
  ImagePulledRecord:
    'apiVersion string,omitempty; credentialMapping map[string]ImagePullCredentials,omitempty; imageRef string; kind string,omitempty; lastUpdatedTime v1.Time',
  InitConfiguration:
    'apiVersion string,omitempty; bootstrapTokens []BootstrapToken,omitempty; certificateKey string,omitempty; dryRun bool,omitempty; kind string,omitempty; localAPIEndpoint APIEndpoint,omitempty; nodeRegistration NodeRegistrationOptions,omitempty; patches *Patches,omitempty; skipPhases []string,omitempty; timeouts *Timeouts,omitempty',
  JSONOptions: 'infoBufferSize resource.QuantityValue,omitempty; splitStream bool,omitempty',
  JoinConfiguration:
    'apiVersion string,omitempty; caCertPath string,omitempty; controlPlane *JoinControlPlane,omitempty; discovery Discovery; dryRun bool,omitempty; kind string,omitempty; nodeRegistration NodeRegistrationOptions,omitempty; patches *Patches,omitempty; skipPhases []string,omitempty; timeouts *Timeouts,omitempty',
  JoinControlPlane: 'certificateKey string,omitempty; localAPIEndpoint APIEndpoint,omitempty',
  KubeProxyConfiguration:
    'apiVersion string,omitempty; bindAddress string; bindAddressHardFail bool; clientConnection ClientConnectionConfiguration; clusterCIDR string; configSyncPeriod v1.Duration; conntrack KubeProxyConntrackConfiguration; detectLocal DetectLocalConfiguration; detectLocalMode string; enableProfiling bool; featureGates map[string]bool,omitempty; healthzBindAddress string; hostnameOverride string; iptables KubeProxyIPTablesConfiguration; ipvs KubeProxyIPVSConfiguration; kind string,omitempty; logging LoggingConfiguration,omitempty; metricsBindAddress string; mode string; nftables KubeProxyNFTablesConfiguration; nodePortAddresses []string; oomScoreAdj *int32; portRange string; showHiddenMetricsForVersion string; windowsRunAsService bool,omitempty; winkernel KubeProxyWinkernelConfiguration',
  KubeProxyConntrackConfiguration:
    'maxPerCore *int32; min *int32; tcpBeLiberal bool; tcpCloseWaitTimeout *v1.Duration; tcpEstablishedTimeout *v1.Duration; udpStreamTimeout v1.Duration; udpTimeout v1.Duration',
  KubeProxyIPTablesConfiguration:
    'localhostNodePorts *bool; masqueradeAll bool; masqueradeBit *int32; minSyncPeriod v1.Duration; syncPeriod v1.Duration',
  KubeProxyIPVSConfiguration:
    'excludeCIDRs []string; minSyncPeriod v1.Duration; scheduler string; strictARP bool; syncPeriod v1.Duration; tcpFinTimeout v1.Duration; tcpTimeout v1.Duration; udpTimeout v1.Duration',
  KubeProxyNFTablesConfiguration:
    'masqueradeAll bool; masqueradeBit *int32; minSyncPeriod v1.Duration; syncPeriod v1.Duration',
  KubeProxyWinkernelConfiguration:
    'enableDSR bool; forwardHealthCheckVip bool; networkName string; rootHnsEndpointName string; sourceVip string',
  KubeletAnonymousAuthentication: 'enabled *bool,omitempty',
  KubeletAuthentication:
    'anonymous KubeletAnonymousAuthentication; webhook KubeletWebhookAuthentication; x509 KubeletX509Authentication',
  KubeletAuthorization: 'mode string,omitempty; webhook KubeletWebhookAuthorization',
  KubeletConfiguration:
    'address string,omitempty; allowedUnsafeSysctls []string,omitempty; apiVersion string,omitempty; authentication KubeletAuthentication; authorization KubeletAuthorization; cgroupDriver string,omitempty; cgroupRoot string,omitempty; cgroupsPerQOS *bool,omitempty; clusterDNS []string,omitempty; clusterDomain string,omitempty; configMapAndSecretChangeDetectionStrategy string,omitempty; containerLogMaxFiles *int32,omitempty; containerLogMaxSize string,omitempty; containerLogMaxWorkers *int32,omitempty; containerLogMonitorInterval *v1.Duration,omitempty; containerRuntimeEndpoint string; contentType string,omitempty; cpuCFSQuota *bool,omitempty; cpuCFSQuotaPeriod *v1.Duration,omitempty; cpuManagerPolicy string,omitempty; cpuManagerPolicyOptions map[string]string,omitempty; cpuManagerReconcilePeriod v1.Duration,omitempty; crashLoopBackOff CrashLoopBackOffConfig,omitempty; defaultPodSysctls map[string]string,omitempty,since=37; enableContentionProfiling bool,omitempty; enableControllerAttachDetach *bool,omitempty; enableDebugFlagsHandler *bool,omitempty; enableDebuggingHandlers *bool,omitempty; enableProfilingHandler *bool,omitempty; enableServer *bool,omitempty; enableSystemLogHandler *bool,omitempty; enableSystemLogQuery *bool,omitempty; enforceNodeAllocatable []string,omitempty; eventBurst int32,omitempty; eventRecordQPS *int32,omitempty; evictionHard map[string]string,omitempty; evictionMaxPodGracePeriod int32,omitempty; evictionMinimumReclaim map[string]string,omitempty; evictionPressureTransitionPeriod v1.Duration,omitempty; evictionSoft map[string]string,omitempty; evictionSoftGracePeriod map[string]string,omitempty; failCgroupV1 *bool,omitempty; failSwapOn *bool,omitempty; featureGates map[string]bool,omitempty; fileCheckFrequency v1.Duration,omitempty; hairpinMode string,omitempty; healthzBindAddress string,omitempty; healthzPort *int32,omitempty; httpCheckFrequency v1.Duration,omitempty; imageGCHighThresholdPercent *int32,omitempty; imageGCLowThresholdPercent *int32,omitempty; imageMaximumGCAge v1.Duration,omitempty; imageMinimumGCAge v1.Duration,omitempty; imagePullCredentialsVerificationPolicy string,omitempty; imageServiceEndpoint string,omitempty; iptablesDropBit *int32,omitempty; iptablesMasqueradeBit *int32,omitempty; kernelMemcgNotification bool,omitempty; kind string,omitempty; kubeAPIBurst int32,omitempty; kubeAPIQPS *int32,omitempty; kubeReserved map[string]string,omitempty; kubeReservedCgroup string,omitempty; kubeletCgroups string,omitempty; localStorageCapacityIsolation *bool,omitempty; logging LoggingConfiguration,omitempty; makeIPTablesUtilChains *bool,omitempty; maxOpenFiles int64,omitempty; maxParallelImagePulls *int32,omitempty; maxPods int32,omitempty; memoryManagerPolicy string,omitempty; memoryReservationPolicy string,omitempty; memorySwap MemorySwapConfiguration,omitempty; memoryThrottlingFactor *float64,omitempty; mergeDefaultEvictionSettings *bool,omitempty; nodeLeaseDurationSeconds int32,omitempty; nodeStatusMaxImages *int32,omitempty; nodeStatusReportFrequency v1.Duration,omitempty; nodeStatusUpdateFrequency v1.Duration,omitempty; oomScoreAdj *int32,omitempty; podCIDR string,omitempty; podLogsDir string,omitempty; podPidsLimit *int64,omitempty; podsPerCore int32,omitempty; port int32,omitempty; preloadedImagesVerificationAllowlist []string,omitempty; protectKernelDefaults bool,omitempty; providerID string,omitempty; qosReserved map[string]string,omitempty; readOnlyPort int32,omitempty; registerNode *bool,omitempty; registerWithTaints []Taint,omitempty; registryBurst int32,omitempty; registryPullQPS *int32,omitempty; reservedMemory []MemoryReservation,omitempty; reservedSystemCPUs string,omitempty; resolvConf *string,omitempty; rotateCertificates bool,omitempty; runOnce bool,omitempty; runtimeRequestTimeout v1.Duration,omitempty; seccompDefault *bool,omitempty; serializeImagePulls *bool,omitempty; serverTLSBootstrap bool,omitempty; showHiddenMetricsForVersion string,omitempty; shutdownGracePeriod v1.Duration,omitempty; shutdownGracePeriodByPodPriority []ShutdownGracePeriodByPodPriority,omitempty; shutdownGracePeriodCriticalPods v1.Duration,omitempty; singleProcessOOMKill *bool,omitempty; staticPodPath string,omitempty; staticPodURL string,omitempty; staticPodURLHeader map[string][]string,omitempty; streamingConnectionIdleTimeout v1.Duration,omitempty; syncFrequency v1.Duration,omitempty; systemCgroups string,omitempty; systemReserved map[string]string,omitempty; systemReservedCgroup string,omitempty; tlsCertFile string,omitempty; tlsCipherSuites []string,omitempty; tlsCurvePreferences []int32,omitempty; tlsMinVersion string,omitempty; tlsPrivateKeyFile string,omitempty; topologyManagerPolicy string,omitempty; topologyManagerPolicyOptions map[string]string,omitempty; topologyManagerScope string,omitempty; tracing *TracingConfiguration,omitempty; userNamespaces *UserNamespaces,omitempty; volumePluginDir string,omitempty; volumeStatsAggPeriod v1.Duration,omitempty',
  KubeletWebhookAuthentication: 'cacheTTL v1.Duration,omitempty; enabled *bool,omitempty',
  KubeletWebhookAuthorization: 'cacheAuthorizedTTL v1.Duration,omitempty; cacheUnauthorizedTTL v1.Duration,omitempty',
  KubeletX509Authentication: 'clientCAFile string,omitempty',
  LocalEtcd:
    'dataDir string; extraArgs []Arg,omitempty; extraEnvs []EnvVar,omitempty; imageRepository string,omitempty; imageTag string,omitempty; peerCertSANs []string,omitempty; serverCertSANs []string,omitempty',
  LoggingConfiguration:
    'flushFrequency v1.TimeOrMetaDuration; format string,omitempty; options FormatOptions,omitempty; verbosity uint32; vmodule []VModuleItem,omitempty',
  MemoryReservation: 'limits map[string]resource.Quantity; numaNode int32',
  MemorySwapConfiguration: 'swapBehavior string,omitempty',
  Networking: 'dnsDomain string,omitempty; podSubnet string,omitempty; serviceSubnet string,omitempty',
  NodeConfigSource: 'configMap *ConfigMapNodeConfigSource,omitempty',
  NodeRegistrationOptions:
    'criSocket string,omitempty; ignorePreflightErrors []string,omitempty; imagePullPolicy string,omitempty; imagePullSerial *bool,omitempty; kubeletExtraArgs []Arg,omitempty; name string,omitempty; taints []Taint',
  ObjectFieldSelector: 'apiVersion string,omitempty; fieldPath string',
  Patches: 'directory string,omitempty',
  Proxy: 'disabled bool,omitempty',
  ResetConfiguration:
    'apiVersion string,omitempty; certificatesDir string,omitempty; cleanupTmpDir bool,omitempty; criSocket string,omitempty; dryRun bool,omitempty; force bool,omitempty; ignorePreflightErrors []string,omitempty; kind string,omitempty; skipPhases []string,omitempty; timeouts *Timeouts,omitempty; unmountFlags []string,omitempty',
  ResourceFieldSelector: 'containerName string,omitempty; divisor resource.Quantity,omitempty; resource string',
  SecretKeySelector: 'key string; name string,omitempty; optional *bool,omitempty',
  SerializedNodeConfigSource: 'apiVersion string,omitempty; kind string,omitempty; source NodeConfigSource,omitempty',
  ShutdownGracePeriodByPodPriority: 'priority int32; shutdownGracePeriodSeconds int64',
  Taint: 'effect string; key string; timeAdded *v1.Time,omitempty; value string,omitempty',
  TextOptions: 'infoBufferSize resource.QuantityValue,omitempty; splitStream bool,omitempty',
  Timeouts:
    'controlPlaneComponentHealthCheck *v1.Duration,omitempty; discovery *v1.Duration,omitempty; etcdAPICall *v1.Duration,omitempty; kubeletHealthCheck *v1.Duration,omitempty; kubernetesAPICall *v1.Duration,omitempty; tlsBootstrap *v1.Duration,omitempty; upgradeManifests *v1.Duration,omitempty',
  TracingConfiguration: 'endpoint *string,omitempty; samplingRatePerMillion *int32,omitempty',
  UpgradeApplyConfiguration:
    'allowExperimentalUpgrades *bool,omitempty; allowRCUpgrades *bool,omitempty; certificateRenewal *bool,omitempty; dryRun *bool,omitempty; etcdUpgrade *bool,omitempty; forceUpgrade *bool,omitempty; ignorePreflightErrors []string,omitempty; imagePullPolicy string,omitempty; imagePullSerial *bool,omitempty; kubernetesVersion string,omitempty; patches *Patches,omitempty; printConfig *bool,omitempty; skipPhases []string,omitempty',
  UpgradeConfiguration:
    'apiVersion string,omitempty; apply UpgradeApplyConfiguration,omitempty; diff UpgradeDiffConfiguration,omitempty; kind string,omitempty; node UpgradeNodeConfiguration,omitempty; plan UpgradePlanConfiguration,omitempty; timeouts *Timeouts,omitempty',
  UpgradeDiffConfiguration: 'contextLines int,omitempty; kubernetesVersion string,omitempty',
  UpgradeNodeConfiguration:
    'certificateRenewal *bool,omitempty; dryRun *bool,omitempty; etcdUpgrade *bool,omitempty; ignorePreflightErrors []string,omitempty; imagePullPolicy string,omitempty; imagePullSerial *bool,omitempty; patches *Patches,omitempty; skipPhases []string,omitempty',
  UpgradePlanConfiguration:
    'allowExperimentalUpgrades *bool,omitempty; allowRCUpgrades *bool,omitempty; dryRun *bool,omitempty; etcdUpgrade *bool,omitempty; ignorePreflightErrors []string,omitempty; kubernetesVersion string,omitempty; printConfig *bool,omitempty',
  UserNamespaces: 'idsPerPod *int64,omitempty',
  VModuleItem: 'filePattern string; verbosity uint32',
}

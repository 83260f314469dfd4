import protobuf from 'protobufjs'

/** The part of k8s.io/cri-api pkg/apis/runtime/v1/api.proto that kadm uses, with the API's numbers and types. */
const api = `
syntax = "proto3";
package runtime.v1;

message VersionRequest {}
message VersionResponse { string runtime_name = 2; string runtime_version = 3; }

message StatusRequest { bool verbose = 1; }
message StatusResponse { RuntimeStatus status = 1; map<string, string> info = 2; }
message RuntimeStatus { repeated RuntimeCondition conditions = 1; }
message RuntimeCondition { string type = 1; bool status = 2; string reason = 3; string message = 4; }

message RuntimeConfigRequest {}
message RuntimeConfigResponse { LinuxRuntimeConfiguration linux = 1; }
message LinuxRuntimeConfiguration { CgroupDriver cgroup_driver = 1; }
enum CgroupDriver { SYSTEMD = 0; CGROUPFS = 1; }

message ImageSpec { string image = 1; }
message Image { string id = 1; }
message ImageStatusRequest { ImageSpec image = 1; }
message ImageStatusResponse { Image image = 1; }
message PullImageRequest { ImageSpec image = 1; }
message PullImageResponse { string image_ref = 1; }

enum ContainerState { CONTAINER_CREATED = 0; CONTAINER_RUNNING = 1; CONTAINER_EXITED = 2; CONTAINER_UNKNOWN = 3; }
message ContainerMetadata { string name = 1; uint32 attempt = 2; }
message ContainerFilter { map<string, string> label_selector = 4; }
message ListContainersRequest { ContainerFilter filter = 1; }
message ListContainersResponse { repeated Container containers = 1; }
message Container { string id = 1; int64 created_at = 7; }
message ContainerStatusRequest { string container_id = 1; }
message ContainerStatusResponse { ContainerStatus status = 1; }
message ContainerStatus {
  string id = 1;
  ContainerMetadata metadata = 2;
  ContainerState state = 3;
  int64 created_at = 4;
  int64 finished_at = 6;
  int32 exit_code = 7;
  string reason = 10;
  string message = 11;
  map<string, string> labels = 12;
  string log_path = 15;
}

message StopContainerRequest { string container_id = 1; int64 timeout = 2; }
message StopContainerResponse {}
message RemoveContainerRequest { string container_id = 1; }
message RemoveContainerResponse {}

message PodSandboxMetadata { string name = 1; string namespace = 3; }
message PodSandbox { string id = 1; PodSandboxMetadata metadata = 2; int64 created_at = 4; map<string, string> labels = 5; }
message ListPodSandboxRequest {}
message ListPodSandboxResponse { repeated PodSandbox items = 1; }
message StopPodSandboxRequest { string pod_sandbox_id = 1; }
message StopPodSandboxResponse {}
message RemovePodSandboxRequest { string pod_sandbox_id = 1; }
message RemovePodSandboxResponse {}
`

const root = protobuf.parse(api, { keepCase: false }).root

/** Encodes a message with that name, such as `VersionRequest`. */
export function encodeMessage(name: string, value: object): Uint8Array {
  return root.lookupType(`runtime.v1.${name}`).encode(value).finish()
}

/** Decodes a message. Absent scalars are their zero values, absent messages undefined, enums names, int64 numbers. */
export function decodeMessage<T>(name: string, bytes: Uint8Array): T {
  const type = root.lookupType(`runtime.v1.${name}`)
  const value = type.toObject(type.decode(bytes), { longs: Number, enums: String, arrays: true, objects: true })
  return value as T
}

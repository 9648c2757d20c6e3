//! Relations between parts of a pod that the API server checks. See [`Cause`].

use crate::text::escaped;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A relation between parts of a pod that does not hold.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
        #[error("{}", self.of_resource("a resource"))]
        pub enum Cause {
            $($(#[$doc])* $name,)*
        }

        impl Cause {
    /// Whether the API server accepts the pod but restores what the change removed.
    pub fn is_restored(self) -> bool {
        matches!(
            self,
            Self::RequestFromLimit
                | Self::ResourceFromContainers
                | Self::ResourceOfLimitRanger
                | Self::TokenMount
                | Self::DefaultToleration
        )
    }

            /// All causes.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The cause's name, for statistics.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// The end of a message; `{}` stands for a resource's name.
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

causes! {
    /// A required field is absent: a container's image, a mount's volume.
    Required = "required";
    /// An env var or a projection has no source (`validateEnvVarValueFrom` and others).
    NoSource = "needs a source";
    /// A probe or a hook has no handler (`validateHandler`).
    NoHandler = "needs a handler";

    /// `validateContainers`.
    NoContainers = "a pod needs at least one container";
    /// `validateContainers`, `validateInitContainers`.
    ContainerNameTwice = "another container has this name";
    /// `validateInitContainers`: a hook or probe of a container that runs to completion.
    OnlyOfSidecars = "an init container has it only with restartPolicy Always";
    /// `validateInitContainers`.
    RestartContainerOfInit =
        "RestartContainer only with restartPolicy Always in an init container";
    /// `validateContainerRestartPolicy`.
    RulesWithoutRestartPolicy = "only with a restartPolicy";
    /// `validateResizePolicy`.
    ResizeRestarts = "must be NotRequired in a pod with restartPolicy Never";

    /// `ValidateVolumeMounts`.
    NoVolume = "the pod has no volume of this name";
    /// `ValidateVolumeDevices`.
    DeviceNeedsClaim = "a device needs a volume of a persistentVolumeClaim or ephemeral";
    /// `ValidateVolumeDevices`.
    DeviceTwice = "another device has the same volume";
    /// `ValidateVolumeMounts`, `ValidateVolumeDevices`.
    DeviceIsMounted = "a volume or path is in volumeMounts already";
    /// The mount that the `ServiceAccount` admission plugin adds to every container.
    DeviceAtToken = "the service account's token is mounted at this path";
    /// `validateFileKeyRefVolumes`.
    FileNeedsEmptyDir = "a file of variables needs a volume of emptyDir";
    /// `ValidateVolumeMounts`.
    SubPathTwice = "not together with subPath";
    /// `validateMountRecursiveReadOnly`.
    RecursiveNeedsReadOnly = "only with readOnly";
    /// `validateMountRecursiveReadOnly`.
    RecursivePropagation = "only with mountPropagation None";
    /// `validateMountPropagation`.
    PropagationNeedsPrivileged = "Bidirectional only in a privileged container";
    /// `validateVolumeSource`: the name of the claim that the API server creates for the pod.
    EphemeralClaimName = "the pod's name and the volume's are too long together for a claim's name";
    /// `ValidateVolumes`.
    ClaimOfEphemeralVolume = "names the claim that is made for an ephemeral volume";

    /// `validateContainerPorts`.
    PortNameTwice = "two ports have the same name";
    /// `checkHostPortConflicts`. With hostNetwork, `SetDefaults_Pod` makes every port a host port.
    HostPortTwice = "a host port is used twice (with hostNetwork every port is a host port)";
    /// `validatePodHostNetworkDeps`.
    HostPortDiffers = "with hostNetwork a hostPort must equal its containerPort";

    /// `validateLivenessProbe`, `validateStartupProbe`.
    SuccessThreshold = "successThreshold must be 1";
    /// `validateReadinessProbe`.
    ReadinessGracePeriod = "must not have terminationGracePeriodSeconds";
    /// `validateSleepAction`.
    SleepTooLong = "must not sleep longer than the pod's terminationGracePeriodSeconds";
    /// `validateStopSignal`.
    StopSignalNeedsOs = "a stopSignal only in a pod with os.name";
    /// `validateStopSignal`.
    StopSignalOfWindows = "a stopSignal on windows can only be SIGKILL or SIGTERM";

    /// `validateResourceRequirements`.
    RequestOverLimit = "requests of {} must not exceed limits";
    /// `validateResourceRequirements`.
    RequestNotLimit = "requests of {} must equal limits";
    /// `validateResourceRequirements`.
    RequestNeedsLimit = "requests of {} need limits too";
    /// `ValidateResourceQuantityValue`. The API server counts in thousandths, and its int64
    /// overflows.
    ExtendedFraction = "{} must be a whole number below 9223372036854776";
    /// `validateResourceQuantityHugePageValue`.
    HugePagesDivide = "{} must be a whole number of pages";
    /// `validateResourceRequirements`.
    HugePagesAlone = "huge pages need cpu or memory too";
    /// `validateResourceClaimNames`.
    NoResourceClaim = "the pod has no resourceClaim of this name";
    /// `validateResourceClaimNames`.
    ResourceClaimTwice = "a resourceClaim is used twice";
    /// `validatePodResources`.
    PodResourceName = "a pod as a whole can only have cpu, memory and hugepages-SIZE";
    /// `validatePodResources`.
    PodResourceClaims = "a pod as a whole can't have claims";
    /// `validatePodResources`.
    PodResourcesOnWindows = "a windows pod can't have resources as a whole";
    /// `validatePodResourceConsistency`.
    PodRequestTooSmall = "the containers together request more than the pod as a whole";
    /// `validatePodResourceConsistency`.
    PodLimitTooSmall = "a container's limit exceeds the limit of the pod as a whole";

    /// `ValidateSecurityContext`. The API server knows only this spelling of the capability.
    Escalation = "can't be false with privileged or the capability CAP_SYS_ADMIN";
    /// `ValidateSecurityContext`.
    ProcMountNeedsUserNamespace = "Unmasked only with hostUsers false";
    /// `validateSeccompProfileField`, `ValidateAppArmorProfileField`.
    ProfileNeedsPath = "required with Localhost";
    /// `validateSeccompProfileField`, `ValidateAppArmorProfileField`.
    ProfileWithPath = "only with Localhost";
    /// `ValidateHostSysctl`.
    SysctlOfHost = "a sysctl of the host's network or IPC with hostNetwork or hostIPC";
    /// `validateHostUsers`.
    HostUsers = "not together with hostUsers false";
    /// `validatePodSpecSecurityContext`.
    ProcessNamespace = "not together with hostPID";
    /// `validateLinux`.
    WindowsOptionsOnLinux = "not in a pod with os.name linux";
    /// `validateWindows`.
    NotOnWindows = "not in a pod with os.name windows";
    /// `validateWindowsHostProcess`.
    HostProcessDiffers = "must equal hostProcess of the pod";
    /// `validateWindowsHostProcess`.
    HostProcessSome = "either all containers are hostProcess or none is";
    /// `validateWindowsHostProcess`.
    HostProcessNetwork = "hostProcess containers need hostNetwork";

    /// `ValidateAnnotationsSize`.
    AnnotationsSize = "more than 262144 bytes together";
    /// `ValidateAppArmorPodAnnotations`.
    ProfileOfNoContainer = "names a container that the pod does not have";
    /// `validateAppArmorAnnotationsAndFieldsMatchOnCreate`,
    /// `validateSeccompAnnotationsAndFields`.
    ProfileDiffers = "the annotation of this container's or pod's profile says another one";

    /// `validatePodDNSConfig`.
    Nameservers = "must have at most 3 items";
    /// `validatePodDNSConfig`.
    Searches = "must have at most 32 items";
    /// `validatePodDNSConfig`.
    SearchesLength = "must have at most 2048 characters together";
    /// `validatePodDNSConfig`.
    NoNameserver = "needs a nameserver with dnsPolicy None";
    /// `validatePodHostName`.
    HostnameOverride = "not together with setHostnameAsFQDN or hostNetwork";

    /// `ValidateTolerations`.
    TolerationOfEverything = "must be Exists where there is no key";
    /// `ValidateTolerations`.
    TolerationValue = "not together with Exists";
    /// `ValidateTolerations`.
    TolerationSeconds = "only with the effect NoExecute";
    /// `validateMinDomains`.
    MinDomains = "only with whenUnsatisfiable DoNotSchedule";
    /// `validateLabelKeys`.
    LabelKeysNeedSelector = "only with a labelSelector";
    /// `ValidateMatchLabelKeysAndMismatchLabelKeys`. The API server first adds the pod's labels of
    /// these keys to the selector.
    LabelKeyTwice = "a key of matchLabelKeys is in the labelSelector too";
    /// `ValidateMatchLabelKeysAndMismatchLabelKeys`.
    LabelKeyMismatch = "a key is in mismatchLabelKeys too";
    /// `ValidatePodCreate`.
    GatesWithNode = "not together with nodeName";
    /// The `RuntimeClass` admission plugin.
    RuntimeClassSelector = "another value than a RuntimeClass may have set";

    /// `SetDefaults_Pod`, after the webhooks as before them.
    RequestFromLimit = "the API server copies a request from its limit";
    /// `defaultHugePagePodLimits`, `defaultPodRequests`.
    ResourceFromContainers = "the API server fills it in from the containers";
    /// The `LimitRanger` admission plugin.
    ResourceOfLimitRanger = "LimitRanger fills it in where it is left out";
    /// The `ServiceAccount` admission plugin.
    TokenMount = "the service account's token is mounted at this path again";
    /// The `DefaultTolerationSeconds` admission plugin.
    DefaultToleration =
        "the API server adds tolerations for nodes that are not-ready or unreachable";

    /// etcd's limit for a request (`--max-request-bytes`).
    PodSize = "the pod would be too large to be stored";
}

impl Cause {
    /// The end of a message about the resource of this name.
    pub(super) fn of_resource(self, name: &str) -> String {
        self.text().replacen("{}", &escaped(name), 1)
    }

    /// The cause in a message of a failed rule.
    pub fn of_message(message: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| {
            let (start, end) = cause.text().split_once("{}").unwrap_or(("", cause.text()));
            let Some(before) = message.strip_suffix(end) else {
                return false;
            };
            if cause.text().contains("{}") {
                let said = before.rsplit_once(": ");
                said.is_some_and(|(_, said)| said.starts_with(start))
            } else {
                before.ends_with(": ")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_its_cause() {
        for cause in Cause::ALL {
            let message = format!("ports of container \"a: required\" would be invalid: {cause}");
            assert_eq!(Cause::of_message(&message), Some(*cause));
        }
        assert_eq!(Cause::of_message("something else"), None);
        assert_eq!(Cause::of_message("not required"), None);
    }
}

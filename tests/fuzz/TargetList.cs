using Keelson.Fuzz.Targets;

namespace Keelson.Fuzz;

/// <summary>All targets.</summary>
internal static class TargetList
{
    public static readonly IFuzzTarget[] All =
    [
        new ConfigTarget(),
        new ProcessTarget(),
        new ResourcesTarget(),
        new SeccompProfileTarget(),
        new JsonTarget(),
        new MountInfoTarget(),
        new CgroupFilesTarget(),
        new ReferenceTarget(),
        new ManifestTarget(),
        new WwwAuthenticateTarget(),
        new TtrpcTarget(),
        new FilterTarget(),
        new TarTarget(),
        new TomlTarget(),
        new RegistryTokenTarget(),
        new RegistryHtpasswdTarget(),
        new RegistryRulesTarget(),
        new RegistryPathTarget(),
        new RegistryRangeTarget(),
        new RegistryManifestTarget(),
        new RegistrySignatureTarget(),
        new DnsQuestionTarget(),
        new NetlinkTarget(),
        new PluginAnswerTarget(),
        new ClientHelloTarget(),
        new CniResultTarget(),
        new CniNetworkTarget(),
        new CniConfigTarget(),
        new DockerfileTarget(),
        new IgnoreTarget(),
        new DockerBodyTarget(),
        new DockerFilterTarget(),
        new ExtractTarget(),
        new TufJsonTarget(),
        new TufMetadataTarget(),
        new NotaryPathTarget(),
        new NotaryUploadTarget(),
        new NotaryWrapTarget(),
        new MySqlAddressTarget(),
        new TrustKeyTarget(),
        new EcPointTarget(),
    ];
}

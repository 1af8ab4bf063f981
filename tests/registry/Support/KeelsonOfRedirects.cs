namespace Keelson.Registry.Tests;

/// <summary>Our registry with its store in a bucket, to which it sends clients for blobs.</summary>
public sealed class KeelsonOfRedirects : KeelsonInBucket
{
    protected override RegistryOptions Options => base.Options with { AllowsRedirect = true };
}

namespace Keelson.Registry.Http;

/// <summary>Methods that an address does not take, or not now.</summary>
internal static class MethodFault
{
    /// <summary>It never takes it. RFC 9110 section 15.5.6.</summary>
    public static RegistryFault Of(string allowed) => new(RegistryErrorCode.Unsupported, "the operation is unsupported") { Headers = [new("Allow", allowed)] };

    /// <summary>Deleting has to be allowed.</summary>
    /// <exception cref="RegistryFault">UNSUPPORTED.</exception>
    public static void CheckDelete(RegistryOptions options)
    {
        if (!options.AllowsDelete) throw new RegistryFault(RegistryErrorCode.Unsupported, "the operation is unsupported: deleting is off");
        CheckWrite(options);
    }

    /// <summary>Writing has to be allowed.</summary>
    /// <exception cref="RegistryFault">UNSUPPORTED.</exception>
    public static void CheckWrite(RegistryOptions options)
    {
        if (options.IsReadOnly) throw new RegistryFault(RegistryErrorCode.Unsupported, "the operation is unsupported: the registry is read-only");
    }
}

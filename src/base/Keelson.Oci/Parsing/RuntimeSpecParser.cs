namespace Keelson.Oci;

/// <summary>Reads a container's configuration.</summary>
/// <remarks>
/// runtime-spec 1.3 config. Properties that are not known are ignored, whatever they hold; null is the same as absent; of a
/// property that comes twice the last counts. Names of properties are matched exactly. <see cref="RuntimeSpecValidator"/>
/// checks what goes beyond the form.
/// </remarks>
public static partial class RuntimeSpecParser
{
    /// <summary>Reads a whole <c>config.json</c>.</summary>
    /// <param name="json">UTF-8, at most <see cref="DocumentLimits.MaxBytes"/>.</param>
    /// <param name="documentName">What to call the document in messages.</param>
    /// <exception cref="OciFormatException">It is no JSON, a value has the wrong type or range, or a required property is missing.</exception>
    public static RuntimeSpec Parse(ReadOnlySpan<byte> json, string documentName = "config.json") =>
        SpecReader.ReadDocument(json, documentName, ReadSpec);

    /// <summary>Reads a whole <c>config.json</c> except its system call filter, for a caller that knows what became of the same filter before.</summary>
    /// <remarks>
    /// The filter is most of a usual configuration. Its bytes are the key of a cache of compiled filters; when they are not in it,
    /// <see cref="SeccompProfileParser"/> reads them. It is known to be JSON, nothing more.
    /// </remarks>
    /// <param name="json">UTF-8, at most <see cref="DocumentLimits.MaxBytes"/>.</param>
    /// <param name="seccomp">The bytes of the filter in <paramref name="json"/>; empty when there is none. <see cref="LinuxSpec.Seccomp"/> is <see langword="null"/>.</param>
    /// <param name="documentName">What to call the document in messages.</param>
    /// <exception cref="OciFormatException">It is no JSON, a value has the wrong type or range, or a required property is missing.</exception>
    public static RuntimeSpec ParseWithoutSeccomp(ReadOnlySpan<byte> json, out Range seccomp, string documentName = "config.json") =>
        SpecReader.ReadDocument(json, documentName, ReadSpec, out seccomp);

    private static RuntimeSpec ReadSpec(ref SpecReader r)
    {
        RuntimeSpec spec = new();
        string? version = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("ociVersion"u8)) version = r.String();
            else if (r.Is("process"u8)) spec.Process = r.Optional(ReadProcess);
            else if (r.Is("root"u8)) spec.Root = r.Optional(ReadRoot);
            else if (r.Is("hostname"u8)) spec.Hostname = r.String();
            else if (r.Is("domainname"u8)) spec.Domainname = r.String();
            else if (r.Is("mounts"u8)) spec.Mounts = r.Array(ReadMount);
            else if (r.Is("hooks"u8)) spec.Hooks = r.Optional(ReadHooks);
            else if (r.Is("annotations"u8)) spec.Annotations = r.Map(static (ref e) => e.Text());
            else if (r.Is("linux"u8)) spec.Linux = r.Optional(ReadLinux);
            else r.Skip();
        }
        spec.OciVersion = r.Required(version, "ociVersion");
        return spec;
    }

    private static RootSpec ReadRoot(ref SpecReader r)
    {
        string? path = null;
        bool isReadonly = false;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("path"u8)) path = r.String();
            else if (r.Is("readonly"u8)) isReadonly = r.Bool() ?? false;
            else r.Skip();
        }
        return new RootSpec { Path = r.Required(path, "path"), Readonly = isReadonly };
    }

    internal static MountSpec ReadMount(ref SpecReader r)
    {
        MountSpec mount = new();
        string? destination = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("destination"u8)) destination = r.String();
            else if (r.Is("type"u8)) mount.Type = r.String();
            else if (r.Is("source"u8)) mount.Source = r.String();
            else if (r.Is("options"u8)) mount.Options = r.Strings();
            else if (r.Is("uidMappings"u8)) mount.UidMappings = r.Array(ReadIdMapping);
            else if (r.Is("gidMappings"u8)) mount.GidMappings = r.Array(ReadIdMapping);
            else r.Skip();
        }
        mount.Destination = r.Required(destination, "destination");
        return mount;
    }

    private static IdMapping ReadIdMapping(ref SpecReader r)
    {
        uint? container = null, host = null, size = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("containerID"u8)) container = r.UInt32();
            else if (r.Is("hostID"u8)) host = r.UInt32();
            else if (r.Is("size"u8)) size = r.UInt32();
            else r.Skip();
        }
        return new IdMapping(r.Required(container, "containerID"), r.Required(host, "hostID"), r.Required(size, "size"));
    }

    private static HookSet ReadHooks(ref SpecReader r)
    {
        HookSet hooks = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("prestart"u8)) hooks.Prestart = r.Array(ReadHook);
            else if (r.Is("createRuntime"u8)) hooks.CreateRuntime = r.Array(ReadHook);
            else if (r.Is("createContainer"u8)) hooks.CreateContainer = r.Array(ReadHook);
            else if (r.Is("startContainer"u8)) hooks.StartContainer = r.Array(ReadHook);
            else if (r.Is("poststart"u8)) hooks.Poststart = r.Array(ReadHook);
            else if (r.Is("poststop"u8)) hooks.Poststop = r.Array(ReadHook);
            else r.Skip();
        }
        return hooks;
    }

    private static HookSpec ReadHook(ref SpecReader r)
    {
        HookSpec hook = new();
        string? path = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("path"u8)) path = r.String();
            else if (r.Is("args"u8)) hook.Args = r.Strings();
            else if (r.Is("env"u8)) hook.Env = r.Strings();
            else if (r.Is("timeout"u8)) hook.TimeoutSeconds = r.Int32();
            else r.Skip();
        }
        hook.Path = r.Required(path, "path");
        return hook;
    }
}

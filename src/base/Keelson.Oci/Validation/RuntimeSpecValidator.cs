namespace Keelson.Oci;

/// <summary>Checks what the form of a configuration does not show and the configuration alone can tell.</summary>
/// <remarks>
/// runtime-spec 1.3 config, config-linux. Files, processes and the kernel are not asked. Strictness is runC's where the
/// specification leaves it open; where runC warns, so does this.
/// </remarks>
public static partial class RuntimeSpecValidator
{
    /// <summary>Checks a whole configuration. Relative mount destinations are made absolute, with a warning; nothing else is changed.</summary>
    public static SpecFindings Validate(RuntimeSpec spec)
    {
        SpecFindings found = new();
        CheckVersion(spec.OciVersion, found);
        if (spec.Process is { } process) CheckProcess(process, "process.", found);
        if (spec.Root is null) found.Error("root", "is missing, and required");
        CheckNames(spec, found);
        CheckMounts(spec.Mounts, found);
        if (spec.Hooks is { } hooks) CheckHooks(hooks, found);
        if (spec.Annotations.ContainsKey("")) found.Error("annotations", "has an empty key");
        if (spec.Linux is { } linux) CheckLinux(linux, spec, found);
        return found;
    }

    /// <summary>Checks a process that is to be added to a container.</summary>
    public static SpecFindings ValidateProcess(ProcessSpec process)
    {
        SpecFindings found = new();
        CheckProcess(process, "", found);
        return found;
    }

    /// <summary>Checks limits that a control group is to get.</summary>
    public static SpecFindings ValidateResources(LinuxResources resources)
    {
        SpecFindings found = new();
        CheckResources(resources, "", found);
        return found;
    }

    /// <summary>Checks a system call filter.</summary>
    public static SpecFindings ValidateSeccomp(SeccompProfile profile)
    {
        SpecFindings found = new();
        CheckSeccomp(profile, "", found);
        return found;
    }

    private static void CheckVersion(string version, SpecFindings found)
    {
        if (!SpecVersion.TryParse(version, out SpecVersion parsed)) found.Error("ociVersion", $"'{SpecReader.Quote(version)}' is not a version of the form 1.2.3 (SemVer 2.0)");
        else if (parsed.Major != 1) found.Error("ociVersion", $"version {parsed.Major} of the specification is not supported; 1 is");
    }

    private static void CheckNames(RuntimeSpec spec, SpecFindings found)
    {
        // Both are 64 bytes in the kernel (__NEW_UTS_LEN).
        if (spec.Hostname is { } hostname)
        {
            if (!Has(spec.Linux, NamespaceKind.Uts)) found.Error("hostname", "needs a uts namespace; without one it would change the machine's");
            if (System.Text.Encoding.UTF8.GetByteCount(hostname) > 64) found.Error("hostname", "is longer than 64 bytes");
        }
        if (spec.Domainname is { } domainname)
        {
            if (!Has(spec.Linux, NamespaceKind.Uts)) found.Error("domainname", "needs a uts namespace; without one it would change the machine's");
            if (System.Text.Encoding.UTF8.GetByteCount(domainname) > 64) found.Error("domainname", "is longer than 64 bytes");
        }
    }

    private static void CheckMounts(MountSpec[] mounts, SpecFindings found)
    {
        for (int i = 0; i < mounts.Length; i++)
        {
            MountSpec mount = mounts[i];
            if (mount.Destination.Length == 0)
            {
                found.Error($"mounts[{i}].destination", "is empty");
            }
            else if (mount.Destination[0] != '/')
            {
                found.Warning($"mounts[{i}].destination", $"'{SpecReader.Quote(mount.Destination)}' is not absolute and taken from /");
                mount.Destination = "/" + mount.Destination;
            }
            if (mount.Source is null && IsBind(mount)) found.Error($"mounts[{i}].source", "is missing, and required for a bind mount");
            if (mount.UidMappings.Length == 0 != (mount.GidMappings.Length == 0))
                found.Error($"mounts[{i}]", "has only one of uidMappings and gidMappings");
            CheckMappings(mount.UidMappings, $"mounts[{i}].uidMappings", found);
            CheckMappings(mount.GidMappings, $"mounts[{i}].gidMappings", found);
        }
    }

    private static bool IsBind(MountSpec mount)
    {
        if (mount.Type == "bind") return true;
        foreach (string option in mount.Options)
            if (option is "bind" or "rbind") return true;
        return false;
    }

    private static void CheckHooks(HookSet hooks, SpecFindings found)
    {
        CheckHooks(hooks.Prestart, "prestart", found);
        CheckHooks(hooks.CreateRuntime, "createRuntime", found);
        CheckHooks(hooks.CreateContainer, "createContainer", found);
        CheckHooks(hooks.StartContainer, "startContainer", found);
        CheckHooks(hooks.Poststart, "poststart", found);
        CheckHooks(hooks.Poststop, "poststop", found);
    }

    private static void CheckHooks(HookSpec[] hooks, string point, SpecFindings found)
    {
        for (int i = 0; i < hooks.Length; i++)
        {
            if (!IsAbsolute(hooks[i].Path)) found.Error($"hooks.{point}[{i}].path", $"'{SpecReader.Quote(hooks[i].Path)}' is not absolute");
            if (hooks[i].TimeoutSeconds <= 0) found.Error($"hooks.{point}[{i}].timeout", "is not greater than 0");
        }
    }

    private static bool IsAbsolute(string path) => path.Length > 0 && path[0] == '/';

    private static bool Has(LinuxSpec? linux, NamespaceKind kind) => Find(linux, kind) is not null;

    private static NamespaceSpec? Find(LinuxSpec? linux, NamespaceKind kind)
    {
        if (linux is null) return null;
        foreach (NamespaceSpec ns in linux.Namespaces)
            if (ns.Type == kind) return ns;
        return null;
    }
}

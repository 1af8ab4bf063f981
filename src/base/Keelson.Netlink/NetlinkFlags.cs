namespace Keelson.Netlink;

/// <summary>Flags of a message. netlink(7) "nlmsg_flags".</summary>
[Flags]
public enum NetlinkFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>It is a request; all that go to the kernel are.</summary>
    NLM_F_REQUEST = 1,
    /// <summary>It is one of several that end with NLMSG_DONE.</summary>
    NLM_F_MULTI = 2,
    /// <summary>The outcome is wanted, also when it is well.</summary>
    NLM_F_ACK = 4,
    /// <summary>What is listed changed meanwhile: the list may lack something or have it twice.</summary>
    NLM_F_DUMP_INTR = 0x10,
    /// <summary>All objects are wanted.</summary>
    NLM_F_DUMP = 0x300,
    /// <summary>In an answer: the request is left out.</summary>
    NLM_F_CAPPED = 0x100,
    /// <summary>In an answer: attributes follow.</summary>
    NLM_F_ACK_TLVS = 0x200,
    /// <summary>In a request that makes something: in place of what is there.</summary>
    NLM_F_REPLACE = 0x100,
    /// <summary>In a request that makes something: it must not be there yet.</summary>
    NLM_F_EXCL = 0x200,
    /// <summary>In a request: make it when it is not there.</summary>
    NLM_F_CREATE = 0x400,
    /// <summary>In a request that makes something: it comes behind what is there.</summary>
    NLM_F_APPEND = 0x800,
}

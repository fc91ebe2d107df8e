namespace Jiceng.Domain;

/// <summary>What went wrong, in the classes of google.rpc.Code.</summary>
public enum ErrorKind
{
    /// <summary>The request is wrong whatever the state (INVALID_ARGUMENT).</summary>
    Invalid,

    /// <summary>What the request names does not exist (NOT_FOUND).</summary>
    NotFound,

    /// <summary>What the request would make exists (ALREADY_EXISTS).</summary>
    AlreadyExists,

    /// <summary>The state of the resource forbids it (FAILED_PRECONDITION).</summary>
    Precondition,

    /// <summary>The caller may not (PERMISSION_DENIED).</summary>
    Denied,

    /// <summary>Who calls is not known (UNAUTHENTICATED).</summary>
    Unauthenticated,

    /// <summary>Somebody else changed the resource meanwhile (ABORTED).</summary>
    Aborted,

    /// <summary>Too much was asked for (RESOURCE_EXHAUSTED).</summary>
    Exhausted,

    /// <summary>A part that is needed does not answer; try again (UNAVAILABLE).</summary>
    Unavailable,

    /// <summary>A fault of the software (INTERNAL).</summary>
    Internal,

    /// <summary>The method is not served (UNIMPLEMENTED).</summary>
    Unimplemented,
}
